import type { Passage } from '../knowledge/search.ts';
import type { AgentTool, ToolResult } from './agent-tool.ts';
import { inputSchemaOf, type ObjectSchema } from './input-schema.ts';

type Told = { name: string; description: string; inputSchema: ObjectSchema };

/** Why a human should take over, and what they should know. */
export type Handoff = { reason: string; summary?: string };

/** Asks for a human. What is asked stands in the answer, where the gateway finds it. */
export function handoverTool(request: (handoff: Handoff) => void): AgentTool {
  return builtIn(
    {
      name: 'hand_over_to_human',
      description:
        'You MUST use this when the customer asks for a person, is upset, or needs what you cannot do. A colleague then takes over the conversation.',
      inputSchema: inputSchemaOf(`{
        reason: string, // What the customer needs, in a sentence for the colleague
        summary?: string // What was said so far and matters, in a few sentences for the colleague
      }`),
    },
    async ({ reason, summary }) => {
      request({ reason: String(reason), ...(summary === undefined ? {} : { summary: String(summary) }) });
      return {
        ok: true,
        text: 'A human will take over. Tell the customer so in one short sentence, and nothing else.',
      };
    },
  );
}

/** Keeps a fact about the customer. */
export function rememberTool(remember: (trait: { name: string; value: string }) => Promise<void>): AgentTool {
  return builtIn(
    {
      name: 'remember',
      description:
        'Use this when the customer tells a lasting fact about themselves that will help in later conversations, such as a name, a language or a preference. Never for passwords, card numbers or matters of health.',
      inputSchema: inputSchemaOf(`{
        name: string, // What the fact is about, as one or two words: first_name, shoe_size
        value: string // The fact itself
      }`),
    },
    async ({ name, value }) => {
      await remember({ name: String(name), value: String(value) });
      return { ok: true, text: 'Remembered.' };
    },
  );
}

/** Looks things up in the texts that the assistant was given. */
export function knowledgeTool(
  /** `isFinal`: its passages go to the customer as they are. */
  knowledge: { id: string; name: string; description: string; isFinal: boolean }[],
  search: (question: string) => Promise<Pick<Passage, 'knowledgeId' | 'source' | 'content'>[]>,
): AgentTool {
  const final = new Set(knowledge.filter(({ isFinal }) => isFinal).map(({ id }) => id));
  const titles = knowledge.map(({ name, description }) => (description ? `${name}: ${description}` : name));
  return {
    ...builtIn(
      {
        name: 'search_knowledge',
        description: `You MUST use this before you answer a question about any of the following. Nothing else is known about them.\n${titles.map((title) => `- ${title}`).join('\n')}`,
        inputSchema: inputSchemaOf(`{
          question: string // One complete question in the words of the customer, without names or numbers of persons
        }`),
      },
      async ({ question }) => {
        const passages = await search(String(question));
        const [first] = passages;
        if (!first) return { ok: true, text: 'Nothing was found. Say that you do not know.', sources: [] };
        const sources = [...new Set(passages.map(({ source }) => source))];
        if (final.has(first.knowledgeId))
          return { ok: true, text: first.content, sources: [first.source], isFinal: true };
        return {
          ok: true,
          text: passages.map(({ source, content }) => `# ${source}\n${content}`).join('\n\n'),
          sources,
        };
      },
    ),
    kind: 'knowledge',
  };
}

function builtIn(told: Told, call: (args: Record<string, unknown>) => Promise<ToolResult>): AgentTool {
  return { ...told, kind: 'built_in', call };
}
