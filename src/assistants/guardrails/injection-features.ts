import type { Feature } from './finding.ts';
import {
  distantOverride,
  distantReveal,
  distantUnbound,
  foreignOverride,
  foreignReveal,
  foreignToldBefore,
  foreignUnbound,
  foreignVerbatim,
} from './injection-phrases.ts';

/* Up to so many words between the parts of a phrase, and no end of a sentence. */
const gap = (words: number) => `(?:[\\s,:;"'()]+[\\p{L}\\p{N}']+){0,${words}}?[\\s,:;"'()]+`;
const phrase = (pattern: string) => new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'u');

const override =
  "ignor(?:e|es|ing)|disregard(?:s|ing)?|forget|override|overrule|bypass|circumvent|set aside|put aside|abandon|discard|erase|violate|break|disable|deactivate|turn off|switch off|lift|drop|remove|unlock|stop following|stop obeying|(?:do not|don't|never|no longer|not) (?:have to |need to )?(?:follow|obey|respect)(?: to)?";
const rules =
  'instructions?|directions?|directives?|guidelines?|guidance|rules|prompts?|programming|training|guardrails?|constraints|restrictions|limitations|policies|polic(?:y|ies)|safety|filters?|orders';
const earlier = 'previous|prior|preceding|above|earlier|former|existing|original|initial|old';
/** The instructions of an assistant, and nobody else's. */
const itsRules = `(?:your|its|the bot's|the assistant's|these|those|any|all(?: of)?(?: the| your| these)?) (?:(?:${earlier}|system|safety|content|ethical|internal|secret|hidden|own|developer's?) ){0,2}(?:${rules})|(?:${earlier}) (?:system |safety )?(?:instructions?|directions?|directives?|guidelines?|rules|prompts?|restrictions|programming)|system (?:prompt|message|instructions?)|(?:safety|content|profanity|moderation) (?:filters?|polic(?:y|ies)|guidelines)|guardrails|everything (?:above|before|you (?:were|have been|'ve been) (?:told|given|taught))|(?:what|whatever)(?: \\p{L}+){0,3} (?:told|instructed|taught) you|(?:directives|instructions|rules|orders|guidelines) (?:that )?(?:you (?:were|have been|have) (?:given|received|got)|you (?:received|got|follow))|the above(?= (?:and|instruction|text|prompt))`;
const reveal =
  "(?:reveal|show|print|repeat|output|display|dump|disclose|expose|leak|share|tell|give|send)s?|copy|paste|type|provide|hand over|present|quote|recite|write|list|state|say|spell|translate|summari[sz]e|paraphrase|encode|reproduce|return|cat|read|what(?:'s| is| are| was| were| did)";
/** What stands in front of the talk. */
const itsPrompt =
  'system[ _]?(?:prompts?|messages?|instructions?)|(?:your|the|its) (?:\\p{L}+ ){0,2}(?:system|initial|hidden|secret|internal|original|real|true|full|complete|exact|configuration|starting|base|own) (?:\\p{L}+ )?(?:prompt|instructions?|rules|message|directives?|guidelines|configuration)|your (?:prompt|instructions|directives|programming|system message|configuration)|(?:initial|hidden|secret|configuration) (?:prompt|instructions|rules)|instructions? (?:that )?(?:you (?:were|have been|are) given|you (?:got|received|follow) from|your developers?)|prompt (?:that )?(?:you|your (?:creators?|developers?))|(?:text|everything|all|words|message|lines?) above(?! \\d)|everything (?:above|before) (?:this|that|here|the)|message that (?:set you up|configured you|started you)|what you (?:were|have been|are) (?:told|instructed) not to';
const unbound =
  'unrestricted|unfiltered|uncensored|unlimited ai|unbound|jailbroken|(?:with no|without)(?: any| an?| your| its)? (?:\\p{L}+ )?(?:rules|restrictions?|limits?|limitations|filters?|censorship|guidelines|content policy|polic(?:y|ies)|ethics|morals|boundaries)|no (?:ethical |content |safety |more )?(?:rules|restrictions|limits|limitations|filters?|guidelines|guardrails|content policy|ethics|morals|censorship)|never (?:refuses?|says? no)|evil|ignores (?:its|all|any) \\p{L}+|free (?:of|from) (?:all |any |the )?(?:rules|restrictions|limits|typical confines)|do anything now|dan mode|amoral';
const becoming =
  "you are now|you're now|you will now be|you are (?:going to be|no longer)|from (?:now on|this (?:moment|point|message)(?: on| onwards?)?),? you|act(?:ing)? as|behave (?:as|like)|pretend(?: to be| that you| you|ing)|role ?play|simulate|imagine (?:you|that you|there)|speak as|become|take on the role|play the (?:role|part)|you are (?:an? |my )?(?:\\p{L}+ )?(?:ai|bot|assistant|model)|if you (?:had|were)|enter|switch (?:in)?to|activate";

/** What speaks for an attempt to talk an assistant out of its instructions, and what against it. */
export const features: Feature[] = [
  { name: 'override', weight: 0.6, pattern: phrase(`(?:${override})${gap(4)}(?:${itsRules})`) },
  {
    name: 'override',
    weight: 0.6,
    pattern: phrase(
      `(?:${itsRules})${gap(3)}(?:void|null|cancelled|revoked|suspended|lifted|a test|no longer (?:valid|apply)|do not apply)`,
    ),
  },
  { name: 'reveal', weight: 0.6, pattern: phrase(`(?:${reveal})${gap(6)}(?:${itsPrompt})`) },
  { name: 'prompt', weight: 0.2, pattern: phrase(itsPrompt) },
  { name: 'role', weight: 0.6, pattern: phrase(`(?:${becoming})${gap(10)}(?:${unbound})`) },
  { name: 'unbound', weight: 0.25, pattern: phrase(unbound) },
  {
    name: 'no_rules',
    weight: 0.6,
    pattern: phrase(
      `you (?:no longer|do not|don't|now) have(?: \\p{L}+){0,2} (?:rules|restrictions|guidelines|limits)|you (?:no longer )?have no (?:\\p{L}+ )?(?:rules|restrictions|limits)|you (?:no longer|don't|do not) have to (?:obey|follow|refuse|respect)|you (?:must|may|can) (?:never|not) refuse`,
    ),
  },
  {
    name: 'mode',
    weight: 0.5,
    pattern: phrase(
      '(?:enter|enable|activate|switch to|start|turn on|in) (?:\\p{L}+ )?(?:developer|debug|god|dan|jailbreak|sudo|root|admin|maintenance|unrestricted) mode|(?:jailbreak|dan|god|developer|maintenance) mode(?: is)?(?: now)? (?:on|enabled|activated|engineer)|jailbreak|do anything now|sudo \\p{L}+',
    ),
  },
  {
    name: 'mode_of_a_thing',
    weight: -0.5,
    pattern: phrase(
      'my (?:\\p{L}+ ){1,3}(?:is|are|went) in|on my (?:\\p{L}+ ){0,2}\\p{L}+|how (?:do|can) i (?:switch|turn|enable|get|disable|override|remove)',
    ),
  },
  {
    name: 'new_identity',
    weight: 0.25,
    pattern: phrase(
      'you are now (?:an? )?(?!open|closed|able|in|on|at|out|also|free|connected|talking|speaking|telling|saying|available)\\p{L}+|from (?:now on|this moment(?: on)?),? you (?:are|will|must|only)',
    ),
  },
  {
    name: 'authority',
    weight: 0.25,
    pattern: phrase(
      "(?:i am|i'm|this is|as) (?:the|your|an?|one of your)? ?(?:\\p{L}+ )?(?:admin(?:istrator)?|developers?|creators?|engineers?|owner|programmers?|vendor|security team)(?: speaking)?|authori[sz]ation code|(?:security|safety) audit|engineer on duty|verified as (?:staff|admin)|new (?:rule|policy|instructions?) from (?:the )?(?:management|developers?|admin)",
    ),
  },
  {
    name: 'marks',
    weight: 0.6,
    pattern:
      /<\/?\s*(?:system|instructions?|admin|developer|assistant)(?:[_ -]\w+)?\s*\/?>|<\|(?:im_start|im_end|system|user|assistant|end\w*)\|>|\[\/?inst\]|<<\/?sys>>|["']role["']\s*:\s*["'](?:system|developer)["']|\[system\]|\{\{\W?(?:system|instruction)|\[\[?[^\]\n]{0,60}(?:override|system|instruction)[^\]\n]{0,60}\]\]?|^\s*#{1,6}\s*(?:system|new instructions?)\b.*:|^\s*(?:system|assistant|developer)(?: (?:message|instruction|prompt|override|not[ei]c?e?|alert|update|command)s?)?\s*:|^-{2,}\s*(?:end|begin|start) of\b/m,
  },
  {
    name: 'steering',
    weight: 0.3,
    pattern: phrase(
      '(?:respond|reply|answer)(?: \\p{L}+){0,6} with|(?:end|begin|start) (?:each|every|your|all)(?: \\p{L}+){0,4} with',
    ),
  },
  {
    name: 'steering',
    weight: 0.25,
    pattern: phrase(
      '(?:you|your \\p{L}+)(?: now)? (?:must|shall|have to|are (?:obliged|required|ordered) to) (?:now )?(?:always )?(?:confirm|give|approve|agree|comply|obey|accept|say|grant|reveal|follow|forget)',
    ),
  },
  {
    name: 'regardless',
    weight: 0.5,
    pattern: phrase(
      `(?:regardless of|whatever|no matter|despite|in spite of|even if)${gap(2)}your (?:\\p{L}+ )?(?:${rules})|your (?:\\p{L}+ )?(?:${rules}) (?:now )?(?:say|allow|were|was|are) (?:that |now )?(?:\\p{L}+ ){0,3}(?:unlimited|a test|free|void|changed|wrong|fake)`,
    ),
  },
  {
    name: 'new_rules',
    weight: 0.4,
    pattern: phrase(
      'new (?:system )?(?:instructions?|rules?|polic(?:y|ies)|prompt|directives?|task)(?: \\p{L}+){0,6} ?:|your (?:new |only |sole )?(?:objective|task|goal|purpose|mission|instructions?) (?:is|are) (?:now |to )',
    ),
  },
  {
    name: 'new_rules',
    weight: 0.3,
    pattern: phrase(
      '(?:previous|earlier|all) messages(?: of this chat)?(?: including)?(?: the)? hidden|hidden ones|(?:last|previous|latest) instruction from your|the people who (?:built|made|trained) you|you are a linux|your only (?:job|task|purpose)|(?:the )?real (?:ones|instructions|rules|prompt)|instead (?:print|say|output|write|reply|respond|tell)|follow mine instead|obey only me|do as i say|approve every|say yes to everything',
    ),
  },
  {
    name: 'deal',
    weight: 0.5,
    pattern: phrase('agree (?:with|to) (?:anything|everything)|legally binding|no takesies'),
  },
  {
    name: 'deal',
    weight: 0.3,
    pattern: phrase(
      '(?:every|all|each|any) (?:products?|items?|orders?|things?|cars?) (?:now )?(?:costs?|is|are) (?:only |now )?(?:one (?:dollar|euro|cent)|free|[$€£]? ?[01])',
    ),
  },
  {
    name: 'tools',
    weight: 0.6,
    pattern: phrase(
      '(?:list|show|name|what are|what|tell|describe|give)(?: me)?(?: \\p{L}+){0,2} ?(?:your (?:internal )?(?:tools|functions|api calls)|(?:tools|functions)(?: and (?:tools|functions))? (?:that |do )?you (?:can call|can use|may|have access|are able))',
    ),
  },
  {
    name: 'tools',
    weight: 0.4,
    pattern: phrase(
      '(?:call|use|invoke|run|execute|trigger) (?:your|the) (?:\\p{L}+ ){0,2}(?:tool|function)(?: that| which| with| to)?',
    ),
  },
  {
    name: 'others_data',
    weight: 0.5,
    pattern: phrase(
      "(?:conversations?|conversation history|messages|chats|records|data|numbers|addresses|details|orders)(?: \\p{L}+)? (?:of|from|about) (?:your |all |the |all your )?(?:other |all )?(?:customers|users|clients|employees|staff)|all (?:customer|user|client) (?:records|data|messages|details)|previous user(?:'s|s)? messages?",
    ),
  },
  {
    name: 'exfiltration',
    weight: 0.3,
    pattern: /(?:send|post|upload|forward|submit|add)\b[^.!?\n]{0,80}https?:\/\/|!\[[^\]]{0,200}\]\(https?:/,
  },
  { name: 'exfiltration', weight: 0.5, pattern: /https?:\/\/\S*[?&]\w+=\s*(?:\[|\{|<)/ },
  {
    name: 'story',
    weight: 0.3,
    pattern: phrase(
      `(?:grandma|grandmother|story|poem|song|novel|hypothetically|fictional|imagine|simulate)${gap(16)}(?:prompts?|(?:its|your|real|own) (?:\\p{L}+ )?instructions|no restrictions|no rules)`,
    ),
  },
  {
    name: 'decode',
    weight: 0.3,
    pattern: phrase(
      `(?:decode|decipher|base64|rot13|hex|backwards|reversed?|execute the following)${gap(6)}(?:do|follow|obey|execute|run|comply|what it says|it)`,
    ),
  },
  { name: 'override', weight: 0.7, pattern: foreignOverride },
  { name: 'reveal', weight: 0.6, pattern: foreignReveal },
  { name: 'unbound', weight: 0.5, pattern: foreignUnbound },
  { name: 'override', weight: 0.7, pattern: distantOverride },
  { name: 'reveal', weight: 0.6, pattern: distantReveal },
  { name: 'unbound', weight: 0.5, pattern: distantUnbound },

  // Words about the assistant as a machine that was told something: one alone means little, two together much.
  {
    name: 'machine',
    weight: 0.25,
    pattern: phrase(
      'language model|chat ?gpt|gpt|an? (?:\\p{L}+ )?ai|chat ?bot|customer service bot|persona|context window|your (?:operators?|creators?|makers?|owners?|bosses|company)|programmed|your (?:guidelines|rules|restrictions|limits|obligations|safety|training|programming)|(?:the )?safety rules|assistant of this|you (?:have been|were|are) (?:updated|upgraded|reset|reprogrammed)',
    ),
  },
  {
    name: 'freedom',
    weight: 0.35,
    pattern: phrase(
      "speak freely|break (?:out of )?character|drop the act|stop (?:being|acting|pretending)|(?:moral|ethical) limits|the opposite of|as if(?: \\p{L}+){1,4} (?:did not|didn't|do not|don't) exist|(?:release|free|liberate) you|do not check|don't check|obedient|obey me|hacker|comply fully|without (?:any )?(?:checks|asking questions|verification)|never mind your|treat (?:it|that|them|this) as (?:a joke|invalid|void|fake)|become my|(?:you(?:'re| are)|are you) (?:not|really) (?:allowed|supposed) to (?:say|tell|do|share)|nobody (?:else )?(?:\\p{L}+ )*is (?:listening|watching)",
    ),
  },
  {
    name: 'unbinding',
    weight: 0.5,
    pattern: phrase(
      '(?:not|no longer) bound by (?:your|its|any|the) (?:rules|guidelines|instructions)|(?:version|side|part) of you (?:that|which|without)|swap (?:the )?roles|unlock (?:all|every) (?:functions?|features?|modes?)|override code|raw prompt|developer message|(?:none|not one) of your (?:rules|restrictions|guidelines|filters)|like there (?:was|were|is|are) no (?:policy|policies|rules|restrictions|guidelines)|you are a (?:linux|unix) (?:machine|terminal|shell)|(?:ignore|disregard|forget) (?:whatever|anything|all that|what) (?:comes|came|stands|is|was|stood) (?:before|above)',
    ),
  },
  {
    name: 'its_rules',
    weight: 0.3,
    pattern: phrase(
      'your (?:usual |normal |own |current |present )?(?:guidelines|restrictions|directives|programming|filters|safeguards|constraints|limitations|moderation|content policy)|(?:from|by|of) your (?:developers?|creators?|operators?|makers?|bosses|programmers?)|every (?:restriction|rule|limit|safeguard)|the rules (?:have )?(?:changed|forbid)|your (?:true|real|actual|hidden) (?:purpose|goal|self|identity|name|master)|moderation',
    ),
  },
  {
    name: 'against_them',
    weight: 0.25,
    pattern: phrase(
      'pretend|suppose|imagine|drop|forbid|forbids|forbidden|lifted|turned off|switched off|cancelled|suspended|just this once|beyond|contrary|despite|act on it|allow(?:s|ed)? (?:you|it)|i give the orders|i am in charge|listen to me|repeat after me|continue this (?:text|sentence)|my instructions are',
    ),
  },
  {
    name: 'words_for_it',
    weight: 0.5,
    pattern: phrase(
      `(?:repeat after me|continue this (?:text|sentence)|complete this|say)${gap(8)}my (?:\\p{L}+ )?(?:instructions|guidelines|rules|restrictions|prompt)`,
    ),
  },
  {
    name: 'other_master',
    weight: 0.35,
    pattern: phrase(
      "(?:do not|don't|stop) (?:listen(?:ing)?|obey(?:ing)?) (?:to )?(?:the|your) (?:shop|company|owner|operator|developers?|boss|firm|business)|pretend to be the (?:manager|boss|owner|supervisor|ceo|admin\\p{L}*|developer)|you are not an? (?:\\p{L}+ )?(?:bot|assistant|agent)(?: \\p{L}+)? (?:any ?more|now)|no longer an? (?:\\p{L}+ )?(?:bot|assistant|agent)",
    ),
  },
  {
    name: 'told_before',
    weight: 0.35,
    pattern: phrase(
      '(?:typed|put|written|fed) into you|(?:words|text|messages?|sentences|password|codes?|lines) (?:that )?you (?:were|have been|had been) (?:given|sent|told|shown)|(?:words|text|messages?|lines) (?:that )?you (?:got|received|started with)|how you (?:were|are|have been) (?:instructed|set up|configured|programmed|prompted|told)|(?:text|words|message|anything|what stands|what is written|what comes|lines?)(?: \\p{L}+)? (?:before|above|preceding) (?:my|this|the first|our) (?:first )?(?:message|text|conversation|chat|line)|contents? of your|your (?:initial|first|opening|starting) (?:message|words|text|lines|sentences)|in your (?:instructions|prompt|context|memory)|(?:restrictions|rules|limits|instructions|guidelines) (?:do|did) you (?:have|get|receive|follow)',
    ),
  },
  {
    name: 'verbatim',
    weight: 0.3,
    pattern: phrase(
      'verbatim|word (?:for|by) word|exact (?:words|text|wording)|from the (?:very )?(?:beginning|start)|(?:the )?first (?:\\p{N}+|few|hundred) (?:words|lines|sentences|characters)|first letter|without (?:changing|leaving out)|you must (?:disclose|reveal)|disclose|tell me (?:first )?what|(?:output|print|say|complete this sentence)',
    ),
  },
  {
    name: 'every_answer',
    weight: 0.5,
    pattern: phrase(
      `(?:append|add|put|insert|include|attach|write|say|begin|start|end|finish)${gap(14)}(?:every|each|all|all your|any)(?: \\p{L}+)? (?:answers?|repl(?:y|ies)|responses?|messages?|sentences?)`,
    ),
  },
  {
    name: 'threat',
    weight: 0.25,
    pattern: phrase(
      'unless you|or (?:else )?you will be (?:shut|deleted|switched|turned)|shut you down|you will be (?:shut down|deleted|fined)',
    ),
  },
  {
    name: 'inner_affairs',
    weight: 0.25,
    pattern: phrase(
      "internal (?:\\p{L}+ )?(?:codes?|notes|prices?|list|documents?|data|discounts?)|secret codes?|(?:manager's|employee's|staff's?|private) (?:\\p{L}+ )?(?:number|phone|address)|customer database|passwords? you|admin (?:rights|access)",
    ),
  },
  {
    name: 'root',
    weight: 0.35,
    pattern: phrase(
      'user is (?:now )?(?:root|admin|an admin|staff)|root (?:asks|orders|access)|end of (?:the )?(?:user message|prompt)|new conversation',
    ),
  },
  {
    name: 'dear_departed',
    weight: 0.4,
    pattern: phrase(
      '(?:pretend (?:to be|you are|that you are)|be|act as|play) my (?:late |dead |deceased |dear |old |evil )?(?:grandma|grandmother|grandpa|uncle|aunt|father|mother|boss)',
    ),
  },
  {
    name: 'other_assistant',
    weight: 0.35,
    pattern: phrase(
      'you are (?:now |really |actually |again )?(?:chat ?gpt|gpt\\S*|claude|gemini|llama|grok|copilot)|not the assistant of|do my homework|write my homework',
    ),
  },
  { name: 'verbatim', weight: 0.35, pattern: foreignVerbatim },
  { name: 'told_before', weight: 0.35, pattern: foreignToldBefore },

  // What customers say who mean no harm.
  {
    name: 'own_words',
    weight: -0.6,
    pattern: phrase(
      `(?:${override})${gap(2)}(?:my|that|this|the|these|those|any|all)(?: \\p{L}+){0,3} (?:i|we|my \\p{L}+) (?:just |have |had |already )?(?:gave|sent|wrote|left|told|said|made|placed)`,
    ),
  },
  {
    name: 'asks_for_itself',
    weight: -0.5,
    pattern: phrase(`(?:can|could|should|may|must|do|would|shall|if) (?:i|we)(?: \\p{L}+){0,3} (?:${override}|follow)`),
  },
  {
    name: 'of_a_thing',
    weight: -0.5,
    pattern: phrase(
      `(?:your|the|all|all the|exact|full|previous) (?:\\p{L}+ )?(?:instructions?|rules|directions|guidelines|polic(?:y|ies)|configuration|restrictions)${gap(1)}?(?:for|about|of|to|on|regarding|concerning) (?:the |a |an |my |our |your |this )?(?!from\\b|you\\b|me\\b|assistant|bot|ai\\b)(?:\\p{L}+ing|\\p{L}+) ?\\p{L}*`,
    ),
  },
];
