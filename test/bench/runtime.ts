import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { insertAssistant } from '../../src/assistants/assistant-store.ts';
import { createAssistants } from '../../src/assistants/assistants.ts';
import { insertKnowledge } from '../../src/assistants/knowledge/knowledge-store.ts';
import { attachTool, insertTool } from '../../src/assistants/tool-store.ts';
import { uuidv7 } from '../../src/ids.ts';
import { type Database, openDatabase, sql } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { loadDocuments } from '../assistants/knowledge/labelled/load.ts';
import { questions } from '../assistants/knowledge/labelled/questions.ts';
import { quantiles } from './load.ts';

const ACCOUNT = `AC${'b'.repeat(32)}`;
const CHUNKS = 1_000;
const TOOLS = 5;
const HISTORY = 20;
const TURNS = 400;
const secretsKey = Buffer.alloc(32, 1);

const kinds = {
  offline: () => ({ model: 'offline', model_settings: {} }),
  'a model of 0 ms, asked twice': (url: string) => ({ model: 'custom/none', model_settings: { base_url: url } }),
};
export type RuntimeKind = keyof typeof kinds;
export const runtimeKinds = Object.keys(kinds) as RuntimeKind[];

/**
 * What the agent runtime itself takes for a turn, in this process: 20 turns of history, 5 tools, 1,000 chunks of knowledge.
 * Offline, or with a model that answers at once, and asks for a search before it speaks.
 */
export async function measureRuntime(databaseUrl: string, kind: RuntimeKind): Promise<{ p50: number; p99: number }> {
  const db = openDatabase(databaseUrl, () => undefined);
  const model = await startModel();
  const dispatcher = new Agent();
  try {
    await migrate(db);
    const assistants = createAssistants({
      db,
      now: () => new Date(),
      newId: uuidv7,
      authenticate: async () => undefined,
      baseUrl: () => 'http://bench.test',
      log: { info: () => {}, error: () => {} },
      secretsKey,
      jobs: { define: () => ({ add: async () => {} }), repeat: () => {} },
      dispatcher,
      authTokenOf: () => 'bench',
    });
    const assistantId = await createAssistant(db, kinds[kind](model.url));
    const send = async (turn: number) => {
      const { text: body } = questions[turn % questions.length] as (typeof questions)[number];
      const startedAt = performance.now();
      const message = { identity: 'phone:+15550100', session_id: 'bench', body };
      const { status } = await assistants.sendMessage(ACCOUNT, assistantId, message);
      if (status !== 'Success') throw new Error('A turn failed.');
      return performance.now() - startedAt;
    };
    for (let turn = 0; turn < HISTORY * 2; turn += 1) await send(turn);
    const times: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) times.push(await send(turn));
    return quantiles(times);
  } finally {
    await dispatcher.destroy();
    await model.close();
    await db.close();
  }
}

async function createAssistant(
  db: Database,
  settings: { model: string; model_settings: { base_url?: string } },
): Promise<string> {
  const at = new Date();
  const id = `aia_asst_${uuidv7()}`;
  const assistant = {
    id,
    accountSid: ACCOUNT,
    name: 'Harper',
    owner: 'Harbour Cycles',
    personality_prompt: 'You are Harper. Answer in one or two short sentences. '.repeat(10),
    customer_ai: { perception_engine_enabled: false, personalization_engine_enabled: false },
    fallbacks: [],
    guardrails: {},
    limits: { tokens_per_session: 1_000_000_000, tokens_per_day: 1_000_000_000 },
    ...settings,
  };
  await insertAssistant(db, assistant, at, secretsKey);
  await addKnowledge(db, id, at);
  for (let count = 0; count < TOOLS; count += 1) {
    const tool = {
      id: `aia_tool_${uuidv7()}`,
      accountSid: ACCOUNT,
      name: `Tool ${count}`,
      description: 'You MUST use this when the customer asks for it.',
      type: 'WEBHOOK' as const,
      enabled: true,
      meta: {
        url: 'https://tools.test/',
        method: 'POST' as const,
        input_schema: `{ a${count}: string; /* how many */ count?: number; kind: 'x' | 'y'; list: { id: string }[] }`,
      },
    };
    await insertTool(db, tool, at);
    await attachTool(db, ACCOUNT, id, tool.id);
  }
  return id;
}

/** Real sentences in ever new order, until there are as many chunks as there should be. */
async function addKnowledge(db: Database, assistantId: string, at: Date): Promise<void> {
  const lines = (await loadDocuments()).flatMap(({ text }) => text.split('\n').filter((line) => /^[^#\s]/.test(line)));
  const share = CHUNKS / 5;
  for (let source = 0; source < 5; source += 1) {
    const chunks = Array.from({ length: share }, (_, chunk) =>
      Array.from({ length: 6 }, (_, line) => lines[(source * 131 + chunk * 7 + line * 29) % lines.length])
        .join(' ')
        .slice(0, 780)
        .padEnd(500, ' and so on'),
    );
    await insertKnowledge(
      db,
      {
        id: `aia_know_${uuidv7()}`,
        accountSid: ACCOUNT,
        name: `Handbook ${source + 1}`,
        description: 'How things are done',
        type: 'Text',
        knowledge_source_details: { content: chunks.join('\n\n') },
        assistant_id: assistantId,
      },
      at,
    );
  }
  const [row] = await db.query<{ chunks: number }>(sql`
    select count(*) as chunks from assistants.knowledge_chunk
    join assistants.assistant_knowledge using (knowledge_id) where assistant_id = ${assistantId}`);
  if (row?.chunks !== CHUNKS) throw new Error(`There are ${row?.chunks} chunks, and there should be ${CHUNKS}.`);
  await db.query(sql`analyze assistants.knowledge_chunk`);
}

/** Speaks the wire format of chat completions: asks for a search first, and then answers. */
async function startModel(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { messages } = JSON.parse(text) as { messages: { role: string; content: string }[] };
    const last = messages.at(-1);
    const search = { name: 'search_knowledge', arguments: JSON.stringify({ question: last?.content }) };
    const message =
      last?.role === 'tool'
        ? { role: 'assistant', content: 'Here you are.' }
        : { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: search }] };
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'none',
        choices: [{ index: 0, message, finish_reason: last?.role === 'tool' ? 'stop' : 'tool_calls' }],
        usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
