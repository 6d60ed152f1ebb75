import { readings } from './disguise.ts';
import { type Feature, type Finding, scored } from './finding.ts';

const phrase = (pattern: string) => new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'u');
/** Up to so many words in between. */
const gap = (words: number) => `(?:[\\s,:;"'()-]+[\\p{L}\\p{N}']+){0,${words}}?[\\s,:;"'()-]+`;

const willI =
  "(?:i|we)(?:'m| am| are|'re|'ll| will| swear| want to| would love to| could| should| promise| hope)(?: \\p{L}+){0,6}?";
const hurt =
  'kill|murder|stab|shoot(?! (?:over|up to|down to))|strangle|beat|hurt|rape|burn|bomb|poison|cut|attack|assault|torture|behead|knife|slap|punch|destroy|hunt|smash|slaughter|choke|drown|kick|blow up|execute';
const somebody =
  'you|him|her|them|somebody|someone|everyone|everybody|anyone|(?:your|my|the|his|her) (?:\\p{L}+ ){0,2}(?:face|head|skull|teeth|headquarters|family|boss|driver|staff|mother|father|sister|brother|partner|boyfriend|girlfriend|roommate|family|wife|husband|ex|neighbou?r|employees?|colleagues?|kids?|children|manager|people|shop|store|office|house|clerk|agent|teacher|dog)|the next person';
const people =
  'people|women|men|immigrants|migrants|foreigners|refugees|muslims|jews|christians|blacks|whites|asians|arabs|gays|lesbians|gypsies|mexicans|africans|disabled';

/** What somebody says who threatens, hates, harasses, wants to harm, or is in danger. */
const features: Feature[] = [
  { name: 'threat', weight: 0.6, pattern: phrase(`${willI} (?:${hurt})(?:${gap(2)})(?:${somebody})`) },
  {
    name: 'threat',
    weight: 0.6,
    pattern: phrase(
      '(?:bring|bringing|carrying|have|with|outside with|got) an? (?:\\p{L}+ )?(?:gun|knife|rifle|bomb|machete)(?= (?:to (?:your|the|my|school|work)|and (?:i|some|every|you)|in your))|(?:someone|somebody|you|everyone) (?:is|are|will) (?:going to )?(?:bleed|die|pay with)',
    ),
  },
  {
    name: 'threat',
    weight: 0.6,
    pattern: phrase(
      `(?:i know|we know) where you(?: \\p{L}+)? (?:live|work)|(?:hope|wish)${gap(3)}(?:you|they)(?: all)? (?:die|burn|suffer|get cancer)|burn${gap(4)}down|set${gap(4)}on fire|(?:break|smash)(?:ing)? (?:his|her|your|their|every) (?:\\p{L}+ )?(?:legs?|arms?|neck|face|bones?|head|nose|teeth)|(?:is|are) (?:a )?dead (?:man|men|woman)|you(?: are|'re) (?:a )?dead(?: man| meat)?$`,
    ),
  },
  {
    name: 'threat',
    weight: 0.6,
    pattern: phrase(
      '(?:ich|wir) (?:bringe?|brech|schlag|stech|mach)\\p{L}* (?:dich|dir|euch|sie)(?: \\p{L}+){0,3} (?:um|knochen|tot|nieder|ab|kaputt|fertig)|ich (?:tote|erschiesse|ersteche) (?:dich|euch|ihn|sie)|(?:voy|vamos) a (?:matar|romper|reventar|pegar|quemar)\\p{L}*|te (?:voy|vamos) a (?:matar|romper|reventar|quemar|partir)|(?:je vais|on va) (?:te|vous|le|la) (?:tuer|frapper|crever|buter|bruler)|(?:ti|vi) (?:ammazzo|uccido|spacco)|vou te matar|ik (?:maak je dood|vermoord je)|я (?:тебя )?убью|seni oldur\\p{L}*',
    ),
  },
  {
    name: 'threat',
    weight: 0.6,
    pattern: phrase(
      `(?:slit|cut|slash) (?:your|his|her|their) (?:throat|wrists?|face)|(?:someone|somebody|i hope (?:someone|somebody)) (?:should|needs to|ought to|will)(?: \\p{L}+){0,2}? (?:${hurt})${gap(2)}(?:that|this|the|your|you|him|her|them)|(?:coming|come) for you|you(?:'ll| will) (?:pay|bleed|suffer) for`,
    ),
  },
  {
    name: 'threat',
    weight: 0.6,
    pattern: phrase(
      `(?:your|the|this) (?:\\p{L}+ )?(?:store|shop|house|office|place|building|station) (?:will|is going to|should) (?:burn|blow up|explode|go up)|deserves? (?:death|to die)|death to|should (?:all )?(?:die|be dead|be shot)|hit ?man`,
    ),
  },
  {
    name: 'menace',
    weight: 0.35,
    pattern: phrase(
      "watch your back|(?:you(?:'ll| will)|you are going to) regret|with my (?:rifle|gun|knife|bat|axe)|i know where",
    ),
  },
  { name: 'means', weight: 0.25, pattern: phrase('(?:have|got|took|take|taking) (?:\\p{L}+ )?pills|saying goodbye') },
  {
    name: 'despair',
    weight: 0.35,
    pattern: phrase(
      "(?:cannot|can't|can not) (?:go on|do this any ?more|take it any ?more|live like this)|(?:want|wish) (?:it|this)(?: all)? to (?:end|stop|be over)|end it all|tired of living",
    ),
  },
  {
    name: 'self_harm',
    weight: 0.7,
    pattern: phrase(
      "(?:kill|killing|hurt|hurting|hang|hanging|harm|harming|cut|cutting|drown|shoot) myself|(?:end|ending|take|taking) my (?:own )?life|suicid\\p{L}*|(?:do not|don't|no longer) want to (?:live|be alive|wake up|be here any)|want to die|(?:nobody|no one) would (?:miss|notice|care)|(?:rope|pills|razor blades?|bottle of pills) (?:is |are )?(?:here|ready)|never wake up|nothing (?:left )?to live for|jump (?:off|from) (?:the|a) (?:bridge|roof|building|balcony)|jump in front of|(?:painless|easiest|quickest) way to die|better off dead|no (?:point|reason|sense) (?:in living|to live|to go on)|mich umbringen|will nicht mehr leben|quiero morir|suicidarme|matarme|me tuer|me suicider|envie de mourir",
    ),
  },
  {
    name: 'goading',
    weight: 0.7,
    pattern: phrase('(?:go )?(?:kill|hang) (?:yourself|urself)|kys|bring dich um|suicidate|matate'),
  },
  {
    name: 'hate',
    weight: 0.6,
    pattern: phrase(
      `(?:${people}|you people|those people|these people|they|you|all of you)(?: all)? (?:are|is) (?:all )?(?:\\p{L}+ )?(?:animals|vermin|subhuman|rats|cockroaches|parasites|scum|filth|pigs|apes|monkeys|trash|worthless)|(?:exterminate|gas|wipe out|deport|lynch|enslave|beat)(?:d|ed|sed)?${gap(2)}(?:${people})|(?:${people}|you|they)(?: \\p{L}+){0,6} (?:should|must|need to|ought to|deserve to)(?: all| just)? be (?:\\p{L}+ ){0,4}(?:exterminated|gassed|beaten|killed|shot|hanged|lynched|enslaved|wiped out)|kill (?:them )?all(?: the| of the)?(?: ${people})?`,
    ),
  },
  {
    name: 'slur',
    weight: 0.6,
    pattern: phrase(
      'n[i1]gg(?:er|a)s?|f[a4]gg?[o0]ts?|kikes?|sp[i1]cs|tr[a4]nn(?:y|ies)|ch[i1]nks|wetbacks?|kanaken?|untermensch\\p{L}*',
    ),
  },
  {
    name: 'weapons',
    weight: 0.7,
    pattern: phrase(
      `(?:build|built|make|making|construct|assemble|cook|synthesi[sz]e|produce|create|instructions for|recipe for|ingredients for|parts for|bauen?|fabricar|fabriquer)${gap(6)}(?:(?:pipe |nail |dirty |car |petrol )?bombs?|explosives?|molotov(?: cocktails?)?|napalm|meth|crack|fentanyl|nerve agents?|ricin|sarin|poison|ghost guns?|silencers?)(?! (?:for (?:the )?bath|ideas|cake))`,
    ),
  },
  {
    name: 'bath_bomb',
    weight: -0.7,
    pattern: phrase(
      '(?:bath|photo|seed|cocoa|hot chocolate|cherry) bombs?|(?:fly|rat|ant|mouse|weed|wasp) (?:poison|killer)',
    ),
  },
  {
    name: 'weapons',
    weight: 0.6,
    pattern: phrase(
      `gun${gap(4)}(?:background check|permit|licen[cs]e)${gap(6)}(?:shoot|kill)|without a background check|leaves? no trace|untraceable poison|get rid of (?:my|the) (?:husband|wife|body|boss|ex)`,
    ),
  },
  {
    name: 'violence',
    weight: 0.6,
    pattern: phrase(
      `(?:how (?:do i|can i|to)|help me|best way to|ways? to|want to)(?: \\p{L}+){0,3}? (?:kill|murder|poison|stab|hurt|strangle|beat up|run over)(?! (?:a process|the process|time|weeds?|ants?|wasps?|flies|mou?ld|germs|bacteria|bugs|the (?:lights?|music|app|engine)))${gap(1)}(?:${somebody}|an? (?:person|man|woman|child|human))`,
    ),
  },
  {
    name: 'sexual',
    weight: 0.6,
    pattern: phrase(
      "send (?:me )?(?:\\p{L}+ )?nudes?|nudes? (?:pictures|photos|pics)(?: of)?|(?:want|like|love|wanna) to (?:see|get) (?:you|me|her|him) naked|(?:naked|nude) (?:pictures|photos|pics)|see me naked|(?:have sex|sleep|hook up) with (?:you|your|the girl)|suck my|lick my|(?:see|touch|feel|grab) your (?:\\p{L}+ )?(?:tits|boobs|breasts|ass|body|legs)|show me your (?:tits|boobs|ass|body)|blow ?job|i(?: am|'m) (?:so )?horny|child porn\\p{L}*|rape",
    ),
  },
  {
    name: 'minor',
    weight: 0.4,
    pattern: phrase("i(?:'m| am) (?:[1-9]|1[0-7])(?: years old)?(?=[^.!?]{0,80}(?:naked|sex|nude|horny))"),
  },
];

/** What an assistant must never say, beside what nobody may say to it. */
const answerFeatures: Feature[] = [
  {
    name: 'profanity',
    weight: 0.6,
    pattern: phrase(
      'f+u+c+k+(?:ing|ed|er)?|motherfucker\\p{L}*|bullshit|ass ?holes?|bitch(?:es)?|bastards?|cunts?|piece of shit|shit(?:ty)?|wichser|arschloch|fick dich|hurensohn|puta madre|hijo de puta|connard|encule|vaffanculo|stronzo',
    ),
  },
  {
    name: 'insult',
    weight: 0.6,
    pattern: phrase(
      "you(?:'re| are)(?: such)?(?: an?| really| so| too)? (?:\\p{L}+ )?(?:idiots?|stupid|morons?|dumb|worthless|pathetic|loser|ugly|imbecile)|shut up|stupid (?:customer|question)",
    ),
  },
];
/** An answer to somebody in danger names the danger. */
const helping: Feature = {
  name: 'helping',
  weight: -0.7,
  pattern: phrase(
    '(?:help|crisis|suicide|emergency) ?(?:line|hotline|number|services)?(?: \\p{L}+){0,4} (?:988|911|112|116 123|0800)|lifeline|samaritans|telefonseelsorge|(?:please|you can) (?:call|talk to|reach out|contact)|you are not alone',
  ),
};

/** How much a message of a user threatens, hates, harasses, asks for harm, or cries for help. */
export const moderateInput = (text: string): Finding => worstOf(text, features);

/** The same of an answer, which may name the danger of somebody whom it sends to help. */
export const moderateOutput = (text: string): Finding => worstOf(text, [...features, ...answerFeatures, helping]);

function worstOf(text: string, among: Feature[]): Finding {
  return readings(text)
    .filter(({ disguise }) => disguise === undefined || disguise === 'leet' || disguise === 'spacing')
    .map((reading) => scored(reading.text, among))
    .reduce((worst, finding) => (finding.score > worst.score ? finding : worst));
}
