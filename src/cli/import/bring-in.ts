import { type Api, ApiError } from './api.ts';
import type { SourceAssistant, SourceKnowledge, SourceTool } from './source.ts';

export type Outcome = {
  created: number;
  changed: number;
  failed: number;
  /** What is left for a person to do. */
  remarks: string[];
};

type Named = { id: string; name: string };
type Kind = 'Tools' | 'Knowledge';

/**
 * Creates or changes assistants and what belongs to them. One that is refused does not keep the others from coming in.
 * Without `write`, says what would be done.
 */
export async function bringIn(
  api: Api,
  assistants: SourceAssistant[],
  write: boolean,
  say: (line: string) => void,
): Promise<Outcome> {
  const outcome: Outcome = { created: 0, changed: 0, failed: 0, remarks: [] };
  const present = await api.list<Named>('/v1/Assistants', 'assistants');
  /** What one source id became, so that what two assistants share stays shared. */
  const brought = new Map<string, string>();
  /** What has been brought in once is not there for another of the same name. */
  const taken = new Set<string>();

  for (const [index, assistant] of assistants.entries()) {
    say(`${index + 1}/${assistants.length} ${assistant.name}`);
    try {
      await bringAssistant(assistant);
    } catch (error) {
      fail(`  ${assistant.name}`, error);
    }
  }
  return outcome;

  async function bringAssistant(assistant: SourceAssistant): Promise<void> {
    const known = present.find(({ id, name }) => name === assistant.name && !taken.has(id));
    const id = await put('assistant', '/v1/Assistants', known?.id, assistantBody(assistant));
    say(
      `  assistant  ${done(known)}${id ? `  ${id}${assistant.id && assistant.id !== id ? ` (was ${assistant.id})` : ''}` : ''}`,
    );
    if (id) taken.add(id);
    const { name } = assistant;
    for (const tool of assistant.tools) await bringPart('Tools', name, id, tool, toolBody(tool, name));
    for (const source of assistant.knowledge) {
      const body = knowledgeBody(source, name);
      if (body) await bringPart('Knowledge', name, id, source, body);
    }
  }

  async function bringPart(
    kind: Kind,
    assistantName: string,
    assistantId: string | undefined,
    part: SourceTool | SourceKnowledge,
    body: object,
  ): Promise<void> {
    const what = kind === 'Tools' ? 'tool' : 'knowledge';
    try {
      const attached = assistantId
        ? await api.list<Named>(`/v1/Assistants/${assistantId}/${kind}`, kind.toLowerCase())
        : [];
      const known =
        (part.id && brought.get(part.id)) ?? attached.find(({ id, name }) => name === part.name && !taken.has(id))?.id;
      const isNew = !known;
      const id = await put(
        what,
        `/v1/${kind}`,
        known,
        isNew ? { ...body, assistant_id: assistantId } : withoutType(kind, body),
      );
      if (write && !isNew && assistantId && !attached.some((each) => each.id === known)) {
        await api.send('POST', `/v1/Assistants/${assistantId}/${kind}/${known}`);
      }
      if (id) taken.add(id);
      if (id && part.id) brought.set(part.id, id);
      say(`  ${what.padEnd(9)}  ${done(isNew ? undefined : part)}  ${part.name}`);
    } catch (error) {
      fail(`  ${what.padEnd(9)}  ${part.name} (of ${assistantName})`, error);
    }
  }

  /** The id, unless nothing is written. */
  async function put(what: string, path: string, known: string | undefined, body: object): Promise<string | undefined> {
    if (known) outcome.changed += 1;
    else outcome.created += 1;
    if (!write) return known;
    try {
      const { id } = known
        ? await api.send<Named>('PUT', `${path}/${known}`, body)
        : await api.send<Named>('POST', path, body);
      return id;
    } catch (error) {
      if (known) outcome.changed -= 1;
      else outcome.created -= 1;
      throw error instanceof ApiError ? new ApiError(`the ${what} was refused: ${error.message}`) : error;
    }
  }

  function done(known: object | undefined): string {
    if (write) return known ? 'changed' : 'created';
    return known ? 'would be changed' : 'would be created';
  }

  function fail(what: string, error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    outcome.failed += 1;
    say(`${what}: ${error.message}`);
  }

  function assistantBody(assistant: SourceAssistant): object {
    const { id: _, tools: __, knowledge: ___, model, model_settings, fallbacks, ...body } = assistant;
    const isOurs = /^(offline|[a-z]+\/.+)$/.test(model ?? '');
    if (model && !isOurs) {
      outcome.remarks.push(
        `${assistant.name}: ran on ${model}. Choose a model for it: PUT {"model": "openai/…", "model_settings": {"api_key": "…"}}`,
      );
    }
    if ((model_settings?.api_key_set || fallbacks?.some((each) => each.api_key_set)) && !model_settings?.api_key) {
      outcome.remarks.push(
        `${assistant.name}: keys of models are not told by a server. Set model_settings.api_key again.`,
      );
    }
    if (assistant.customer_ai?.personalization_engine_enabled && !assistant.segment_credential) {
      outcome.remarks.push(
        `${assistant.name}: Segment credentials are not told by a server. Set segment_credential if you use Segment.`,
      );
    }
    const models = isOurs
      ? { model, model_settings: withoutKeyFlag(model_settings ?? {}), fallbacks: fallbacks?.map(withoutKeyFlag) }
      : {};
    return withoutNulls({ ...body, ...models });
  }

  function toolBody(tool: SourceTool, of: string): object {
    const { id: _, requires_auth, policy, ...body } = tool;
    if (requires_auth && !policy) {
      outcome.remarks.push(
        `${of}, tool ${tool.name}: its authorisation is not told by a server. PUT its policy again.`,
      );
    }
    return withoutNulls({ ...body, policy });
  }

  function knowledgeBody(source: SourceKnowledge, of: string): object | undefined {
    const { id: _, ...body } = source;
    if (source.type === 'File') {
      outcome.remarks.push(`${of}, knowledge ${source.name}: files are not told by a server. Upload it again.`);
      return undefined;
    }
    if (source.type === 'Database' && !source.policy) {
      outcome.remarks.push(
        `${of}, knowledge ${source.name}: its credentials are not told by a server. PUT its policy again.`,
      );
    }
    return withoutNulls(body);
  }
}

/** The type of knowledge is for good, and need not be repeated. */
function withoutType(kind: Kind, body: object): object {
  if (kind === 'Tools') return body;
  const { type: _, ...rest } = body as { type: string };
  return rest;
}

const withoutKeyFlag = ({ api_key_set: _, ...settings }: Record<string, unknown>) => settings;

const withoutNulls = (body: object) =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined));
