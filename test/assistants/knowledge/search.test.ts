import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSearch, type Search } from '../../../src/assistants/knowledge/create-search.ts';
import { unembedded } from '../../../src/assistants/knowledge/embed-chunks.ts';
import { updateKnowledge } from '../../../src/assistants/knowledge/knowledge-store.ts';
import { createGuardedDispatcher } from '../../../src/http/outbound-guard.ts';
import { sql } from '../../../src/store/database.ts';
import { until } from '../../support/until.ts';
import { startEmbeddingsServer } from './embeddings-server.ts';
import { ACCOUNT, type Ground, openGround } from './ground.ts';
import { loadDocuments } from './labelled/load.ts';
import { questions } from './labelled/questions.ts';
import { html, startSite } from './site.ts';

let ground: Ground;
let server: Awaited<ReturnType<typeof startEmbeddingsServer>>;
let logged: { fields: Record<string, unknown>; event: string }[];
const dispatcher = createGuardedDispatcher({ allowPrivate: true });
const never = new AbortController().signal;

beforeEach(async () => {
  logged = [];
  [ground, server] = await Promise.all([openGround(), startEmbeddingsServer()]);
});
afterEach(async () => {
  await server.close();
  await ground.close();
});

const withoutDatabases = (id: string) => ({ id, knowledge: [] });
const searchWith = (model?: string): Search =>
  createSearch({
    db: ground.db,
    dispatcher,
    credentialsOf: async () => ({ headers: {} }),
    log: { error: (fields, event) => void logged.push({ fields: fields as Record<string, unknown>, event }) },
    ...(model ? { embedding: server.embedding(model) } : {}),
  });

const addText = (name: string, content: string) =>
  ground.add({ type: 'Text', name, knowledge_source_details: { content } });

const models = (id: string) =>
  ground.db.query<{ model: string; count: number }>(sql`
    select model, count(*) from assistants.chunk_embedding where knowledge_id = ${id} group by model`);

const embedded = (id: string, model: string, count: number) =>
  until(`${count} chunks have vectors of ${model}`, async () => {
    const found = await models(id);
    return found.length === 1 && found[0]?.model === model && found[0].count === count;
  });

describe('search by words and by meaning', () => {
  it('finds what words alone do not, keeps what they find, and says where it stands', async () => {
    const late = await addText('Workshop', 'After ten working days we charge $2 for each further day of storage.');
    const other = await addText('Bikes', 'Bring your bike early in the day.');
    const assistant = await ground.addAssistant([late, other]);
    const question = 'what if my bike waits there too late';
    const words = await searchWith()(withoutDatabases(assistant), question, never);
    expect(words.map(({ source }) => source)).toEqual(['Bikes']);

    const { enqueue } = await ground.startProcess({ embedding: server.embedding('small') });
    await enqueue(late);
    await enqueue(other);
    await embedded(late, 'small', 1);
    await embedded(other, 'small', 1);
    const both = await searchWith('small')(withoutDatabases(assistant), question, never);
    expect(both.map(({ source }) => source).sort()).toEqual(['Bikes', 'Workshop']);
    expect(both.find(({ source }) => source === 'Workshop')).toMatchObject({ knowledgeId: late, words: [], share: 0 });
    expect(both.every(({ id }) => /^\d+$/.test(id))).toBe(true);
    expect(server.requests.at(-1)).toEqual({ model: 'small', input: [question], key: 'Bearer secret' });
  });

  it('passages of pages carry their address and title, those of files their page', async () => {
    const site = await startSite();
    site.pages['/'] = html('Opening hours', 'We open at nine.');
    const id = await ground.add({ type: 'Web', name: 'Site', knowledge_source_details: { source: site.origin } });
    const { enqueue } = await ground.startProcess();
    await enqueue(id);
    await ground.settled(id);
    await site.close();
    const assistant = await ground.addAssistant([id]);
    expect(await searchWith()(withoutDatabases(assistant), 'opening hours?', never)).toMatchObject([
      { source: 'Site', knowledgeId: id, url: `${site.origin}/`, title: 'Opening hours', share: 1 },
    ]);
  });

  it('on the labelled set: a middling model (it counts words, and knows a few synonyms) adds answers and drowns few', async () => {
    const documents = await loadDocuments();
    const ids: string[] = [];
    for (const { title, text } of documents) ids.push(await addText(title.slice(0, 30), text));
    const assistant = await ground.addAssistant(ids);
    const { enqueue } = await ground.startProcess({ embedding: server.embedding('small') });
    for (const id of ids) await enqueue(id);
    await until('all are embedded', async () => {
      const rows = await ground.db.query<{ missing: number }>(sql`
        select count(*) as missing from assistants.knowledge_chunk chunk
        where not exists (select from assistants.chunk_embedding embedding
          where embedding.knowledge_id = chunk.knowledge_id and embedding.content_hash = chunk.content_hash)`);
      return rows[0]?.missing === 0;
    });
    const found = async (search: Search) => {
      const answered = new Set<string>();
      for (const { text, answer } of questions) {
        const passages = await search(withoutDatabases(assistant), text, never);
        if (passages.some(({ content }) => content.includes(answer))) answered.add(text);
      }
      return answered;
    };
    const [words, fused] = [await found(searchWith()), await found(searchWith('small'))];
    const gained = [...fused].filter((text) => !words.has(text));
    const share = ({ size }: Set<string>) => (size / questions.length).toFixed(3);
    console.log(`recall@5: words ${share(words)}, fused ${share(fused)}; only fused: ${gained.join(' | ')}`);
    expect(gained.length).toBeGreaterThan(0);
    expect(fused.size / questions.length).toBeGreaterThanOrEqual(0.9);
  });

  it('goes on by words while the model is away, hangs or is wrong', async () => {
    const id = await addText('Hours', 'We open at nine.');
    const assistant = await ground.addAssistant([id]);
    for (const trouble of [500, 429, 'hang'] as const) {
      server.trouble = trouble;
      const passages = await searchWith('small')(withoutDatabases(assistant), 'when do you open', never);
      expect(passages.map(({ source }) => source)).toEqual(['Hours']);
    }
    expect(logged.map(({ event }) => event)).toEqual(Array(3).fill('knowledge.search_failed'));
  });

  it('asks no model when the question names no subject', async () => {
    const assistant = await ground.addAssistant([await addText('Hours', 'We open at nine.')]);
    expect(await searchWith('small')(withoutDatabases(assistant), 'hi!', never)).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it('finds only what is attached to the assistant', async () => {
    const mine = await addText('Mine', 'storage costs two dollars');
    const theirs = await addText('Theirs', 'storage costs nine dollars');
    const { enqueue } = await ground.startProcess({ embedding: server.embedding('small') });
    for (const id of [mine, theirs]) await enqueue(id);
    for (const id of [mine, theirs]) await embedded(id, 'small', 1);
    const assistant = await ground.addAssistant([mine]);
    const passages = await searchWith('small')(withoutDatabases(assistant), 'too late', never);
    expect(passages.map(({ source }) => source)).toEqual(['Mine']);
  });
});

describe('vectors are kept up', () => {
  it('of a text that changed in part, only the new part is sent to the model', async () => {
    const part = (word: string) => `${word} `.repeat(100).trim();
    const id = await addText('Long', `${part('first')}\n\n${part('second')}`);
    const { enqueue } = await ground.startProcess({ embedding: server.embedding('small') });
    await enqueue(id);
    await embedded(id, 'small', 2);
    server.requests.length = 0;
    const content = `${part('first')}\n\n${part('changed')}`;
    await updateKnowledge(ground.db, ACCOUNT, id, { knowledge_source_details: { content } }, new Date());
    await enqueue(id);
    await embedded(id, 'small', 2);
    expect(server.requests.map(({ input }) => input)).toEqual([[part('changed')]]);
  });

  it('another model makes them anew, and the old ones go', async () => {
    const id = await addText('Hours', 'We open at nine.');
    const first = await ground.startProcess({ embedding: server.embedding('small') });
    await first.enqueue(id);
    await embedded(id, 'small', 1);
    await first.stop();
    expect(await unembedded(ground.db, 'small', 10)).toEqual([]);
    expect(await unembedded(ground.db, 'other', 10)).toEqual([id]); // which the sweep finds
    const second = await ground.startProcess({ embedding: server.embedding('other') });
    await second.enqueue(id);
    await embedded(id, 'other', 1);
    const assistant = await ground.addAssistant([id]);
    const passages = await searchWith('other')(withoutDatabases(assistant), 'too early in the morning', never);
    expect(passages).toHaveLength(1);
  });

  it('a model that is away fails no source: it is COMPLETED, and embedded later', async () => {
    server.trouble = 503;
    const site = await startSite();
    site.pages['/'] = html('Hours', 'We open at nine.');
    const id = await ground.add({ type: 'Web', knowledge_source_details: { source: site.origin } });
    const { enqueue } = await ground.startProcess({ embedding: server.embedding('small') });
    await enqueue(id);
    expect(await ground.settled(id)).toMatchObject({ status: 'COMPLETED', reason: null });
    await until('the model was asked in vain', () => server.requests.length > 0);
    server.trouble = undefined;
    await embedded(id, 'small', 1);
    await site.close();
  });
});
