import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSearch } from '../../../src/assistants/knowledge/create-search.ts';
import type { Credentials } from '../../../src/assistants/knowledge/database/query-database.ts';
import { createGuardedDispatcher } from '../../../src/http/outbound-guard.ts';
import { until } from '../../support/until.ts';
import { startEmbeddingsServer, vectorOf } from './embeddings-server.ts';
import { type Ground, openGround } from './ground.ts';
import { type Site, startSite } from './site.ts';

let ground: Ground;
let models: Awaited<ReturnType<typeof startEmbeddingsServer>>;
let credentials: Credentials;
let logged: Record<string, unknown>[];
const dispatcher = createGuardedDispatcher({ allowPrivate: true });
const never = new AbortController().signal;

beforeAll(async () => {
  [ground, models] = await Promise.all([openGround(), startEmbeddingsServer()]);
});
beforeEach(() => {
  logged = [];
});
afterAll(async () => {
  await models.close();
  await ground.close();
});

const credentialsOf = async () => credentials;

async function ask(id: string, question: string) {
  const assistant = await ground.addAssistant([id]);
  const log = { error: (fields: object) => void logged.push(fields as Record<string, unknown>) };
  const search = createSearch({
    db: ground.db,
    dispatcher,
    credentialsOf,
    log,
    allowPrivate: true,
    embedding: models.embedding('small'),
  });
  return search({ id: assistant, knowledge: [{ id, type: 'Database' }] }, question, never);
}

async function ingest(details: object, parts: object = {}) {
  const process = await ground.startProcess({ credentialsOf, embedding: models.embedding('small'), ...parts });
  const id = await ground.add({
    type: 'Database',
    name: 'Manuals',
    embedding_model: 'small',
    knowledge_source_details: details as Record<string, unknown>,
  });
  await process.enqueue(id);
  const row = await ground.settled(id);
  await process.stop();
  return { id, row };
}

describe('a PostgreSQL table of your own', () => {
  let client: pg.Client;
  const table = (more: object = {}) => {
    return {
      provider: 'postgresql',
      host: client.host,
      port: client.port,
      database: client.database,
      table: 'shop.Manual "pages"',
      content_column: 'body text',
      embedding_column: 'embedding',
      ...more,
    };
  };

  beforeAll(async () => {
    client = new pg.Client({ connectionString: ground.url });
    await client.connect();
    await client.query(`create schema shop`);
    await client.query(`create table shop."Manual ""pages""" (id int, "body text" text, title text, embedding real[])`);
    const rows = [
      'The pump is bled by the valve.',
      'The filter is washed each month.',
      'Spare parts come from the maker.',
    ];
    for (const [index, body] of rows.entries()) {
      await client.query(`insert into shop."Manual ""pages""" values ($1, $2, $3, $4)`, [
        index + 1,
        body,
        `Page ${index + 1}`,
        vectorOf('small', body),
      ]);
    }
    await client.query(`create role reader login password 'secret'`);
    await client.query(`grant usage on schema shop to reader`);
    await client.query(`grant select on all tables in schema shop to reader`);
  });
  beforeEach(() => {
    credentials = { headers: {}, login: { username: 'reader', password: 'secret' } };
  });
  afterAll(async () => {
    await client.query('drop owned by reader');
    await client.query('drop role reader');
    await client.end();
  });

  it('is tried once, copied never, and asked at question time', async () => {
    const { id, row } = await ingest(table());
    expect(row).toMatchObject({ status: 'COMPLETED', reason: null });
    expect(await ground.chunks(id)).toEqual([]);
    const [best] = await ask(id, 'how is the filter washed');
    expect(best).toEqual({
      id: `${id}/2`,
      knowledgeId: id,
      source: 'Manuals',
      content: 'The filter is washed each month.',
      title: 'Page 2',
      words: [],
      share: 0,
      score: 1,
      matches: [],
    });
    await client.query(
      `update shop."Manual ""pages""" set "body text" = 'The filter is washed each week.' where id = 2`,
    );
    expect((await ask(id, 'how is the filter washed'))[0]?.content).toBe('The filter is washed each week.');
  });

  it('cannot be changed through us, whatever its names are made to say', async () => {
    const evil = `shop.Manual "pages"; drop table shop."Manual ""pages"""; --`;
    for (const more of [
      { table: evil },
      { content_column: `body text" from x; ${evil}` },
      { embedding_column: evil },
    ]) {
      expect((await ingest(table(more))).row).toMatchObject({ status: 'FAILED' });
    }
    const { rows } = await client.query(`select count(*)::int as count from shop."Manual ""pages"""`);
    expect(rows).toEqual([{ count: 3 }]);

    // Even where reading would write.
    await client.query(
      `create function shop.meddle() returns text language sql as $$ delete from shop."Manual ""pages""" returning 'x' $$`,
    );
    await client.query(
      `create view shop.trap as select shop.meddle() as content, embedding from shop."Manual ""pages"""`,
    );
    await client.query(`grant all on all tables in schema shop to reader`);
    const { row } = await ingest(table({ table: 'shop.trap', content_column: 'content' }));
    expect(row).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(/read-only transaction/) });
  });

  it.each<[string, object, Partial<Credentials>, RegExp]>([
    ['no such table', { table: 'nowhere' }, {}, /There is no table nowhere/],
    ['no such column', { content_column: 'words' }, {}, /has no column words\. It has id, body text, title, embedding/],
    ['no vectors', { embedding_column: 'title' }, {}, /is of the type text: it has to be vector/],
    ['no login', {}, { login: undefined }, /policy of the type basic/],
    [
      'an unknown user',
      {},
      { login: { username: 'nobody', password: 'x' } },
      /cannot be reached: role "nobody" does not exist/,
    ],
    ['no such database', { database: 'nowhere' }, {}, /database "nowhere" does not exist/],
  ])('%s: FAILED with the reason', async (_what, more, other, reason) => {
    credentials = { ...credentials, ...other };
    expect((await ingest(table(more))).row).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(reason) });
  });

  it('an empty table, and one that nobody may read', async () => {
    await client.query(`create table shop.blank (content text, embedding real[])`);
    await client.query(`grant select on shop.blank to reader`);
    await client.query(`create table shop.closed (content text, embedding real[])`);
    const read = async (name: string) =>
      (await ingest(table({ table: `shop.${name}`, content_column: 'content' }))).row;
    expect(await read('blank')).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(/Fill it first/) });
    expect(await read('closed')).toMatchObject({
      status: 'FAILED',
      reason: expect.stringMatching(/Let the user of the policy read/),
    });
  });

  it('that takes too long is not waited for', async () => {
    await client.query(
      `create view shop.slow as select pg_sleep(20)::text as content, embedding from shop."Manual ""pages"""`,
    );
    await client.query('grant select on shop.slow to reader');
    const process = await ground.startProcess({ credentialsOf, embedding: models.embedding('small') });
    const details = table({ table: 'shop.slow', content_column: 'content' });
    const id = await ground.add({ type: 'Database', embedding_model: 'small', knowledge_source_details: details });
    await process.enqueue(id);
    const row = await until('it is given up for now', async () => {
      const now = await ground.row(id);
      return now.reason ? now : undefined;
    });
    expect(row).toMatchObject({
      status: 'QUEUED',
      reason: expect.stringMatching(/statement timeout.*It takes too long/),
    });
    await process.stop();
  });

  it('in a private network is refused, unless that is allowed', async () => {
    for (const host of ['127.0.0.1', 'localhost', '/var/run/postgresql', '10.1.2.3']) {
      const process = await ground.startProcess({
        credentialsOf,
        embedding: models.embedding('small'),
        allowPrivate: false,
      });
      const details = table({ host });
      const id = await ground.add({ type: 'Database', embedding_model: 'small', knowledge_source_details: details });
      await process.enqueue(id);
      expect(await ground.settled(id)).toMatchObject({
        status: 'FAILED',
        reason: expect.stringMatching(/private network/),
      });
      await process.stop();
    }
  });

  it('without an embedding model says so', async () => {
    const { row } = await ingest(table(), { embedding: undefined });
    expect(row).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(/no embedding model is set up/) });
  });

  it('that is away at question time leaves the other sources to answer', async () => {
    const { id } = await ingest(table());
    credentials = { headers: {}, login: { username: 'gone', password: 'x' } };
    expect(await ask(id, 'how is the filter washed')).toEqual([]);
    expect(logged).toMatchObject([{ knowledgeId: id }]);
  });
});

describe('a Pinecone index of your own', () => {
  let pinecone: Site;
  let queries: { body: Record<string, unknown>; key: unknown }[];
  let answer: { status: number; body: string };

  beforeEach(async () => {
    queries = [];
    credentials = { headers: { 'Api-Key': 'pc-secret' } };
    answer = {
      status: 200,
      body: JSON.stringify({
        matches: [
          {
            id: 'v1',
            score: 0.9,
            metadata: { text: 'The filter is washed each month.', url: 'https://x.test/filter', title: 'Filter' },
          },
          { id: 'v2', score: 0.8, metadata: { page_content: 'The pump is bled.', pages: 3 } },
          { id: 'v3', score: 0.7, metadata: null },
        ],
        namespace: 'manuals',
      }),
    };
    pinecone = await startSite();
    pinecone.pages['/query'] = async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      queries.push({ body: JSON.parse(body), key: request.headers['api-key'] });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    };
  });
  afterEach(() => pinecone.close());
  const index = () => ({ provider: 'pinecone', host: pinecone.origin, namespace: 'manuals' });

  it('is asked by its HTTP API with the vector of the question', async () => {
    const { id, row } = await ingest(index());
    expect(row).toMatchObject({ status: 'COMPLETED' });
    queries = [];
    expect(await ask(id, 'how is the filter washed')).toMatchObject([
      {
        id: `${id}/v1`,
        source: 'Manuals',
        content: 'The filter is washed each month.',
        url: 'https://x.test/filter',
        title: 'Filter',
      },
      { id: `${id}/v2`, content: 'The pump is bled.' },
    ]);
    expect(queries).toHaveLength(1);
    expect(queries[0]).toMatchObject({
      key: 'pc-secret',
      body: { topK: 5, includeMetadata: true, namespace: 'manuals' },
    });
    expect(queries[0]?.body.vector).toEqual(vectorOf('small', 'how is the filter washed'));
  });

  it('takes a bearer token as its key', async () => {
    credentials = { headers: { Authorization: 'Bearer pc-secret' } };
    await ingest(index());
    expect(queries[0]?.key).toBe('pc-secret');
  });

  it.each<[string, number, string, RegExp]>([
    ['refuses the key', 401, '{}', /refuses the key \(401\).*Api-Key as its name/],
    [
      'has vectors of another length',
      400,
      '{"message":"Vector dimension 512 does not match 1536"}',
      /status 400: .*does not match/,
    ],
    ['is no Pinecone', 200, '<html>', /does not answer like an index of Pinecone/],
    ['is empty', 200, '{"matches":[]}', /Fill it first/],
  ])('that %s is FAILED with the reason', async (_what, status, body, reason) => {
    answer = { status, body };
    expect((await ingest(index())).row).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(reason) });
  });
});
