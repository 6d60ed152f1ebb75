import express, { type Express } from 'express';
import { pino } from 'pino';
import supertest from 'supertest';
import { Agent } from 'undici';
import { type Assistants, type AssistantsParts, createAssistants } from '../../src/assistants/assistants.ts';
import type { Generate } from '../../src/assistants/providers/provider.ts';
import { errorHandler } from '../../src/http/error-handler.ts';
import { uuidv7 } from '../../src/ids.ts';
import type { Logger } from '../../src/observability/logger.ts';
import { createJobs } from '../../src/queue/jobs.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

export const HARBOUR = `AC${'a1'.repeat(16)}`;
export const RIVAL = `AC${'b2'.repeat(16)}`;
export const API_KEY = `SK${'c3'.repeat(16)}`;
export const SECRET = 'correct horse';
export const BASE_URL = 'https://assistants.example.org';

export const SECRETS_KEY = Buffer.alloc(32, 7);

/** Nothing runs in the background. */
const noJobs: AssistantsParts['jobs'] = { define: () => ({ add: async () => {} }), repeat: () => {} };

export type Method = 'get' | 'post' | 'put' | 'delete';

/** The API on a database of its own, as two accounts see it. With `background`, its jobs run. */
export type Service = {
  app: Express;
  assistants: Assistants;
  db: Database;
  url: string;
  logged: { fields: object; event: string }[];
  /** One authenticated request; the account is Harbour's unless another is named. */
  call(method: Method, path: string, body?: unknown, account?: string): supertest.Test;
  createAssistant(definition?: object, account?: string): Promise<string>;
  addText(assistantId: string, name: string, content: string): Promise<string>;
  stop(): Promise<void>;
};

export async function startService(
  options: Partial<AssistantsParts> & { background?: boolean } = {},
): Promise<Service> {
  const database = await freshDatabase();
  let stopping = false;
  // The server may end connections before the pool has.
  const db = openDatabase(database.url, (error) => stopping || console.error(error));
  const logged: Service['logged'] = [];
  const note = (fields: object, event: string) => logged.push({ fields, event });
  const log = { info: note, error: note } as unknown as Logger;
  const jobs = options.background
    ? await createJobs({ redisUrl: undefined, databaseUrl: database.url, log: pino({ level: 'silent' }) })
    : undefined;
  const assistants = createAssistants({
    db,
    now: () => new Date(),
    newId: uuidv7,
    baseUrl: () => BASE_URL,
    log,
    secretsKey: SECRETS_KEY,
    jobs: jobs ?? noJobs,
    dispatcher: new Agent(),
    authTokenOf: () => SECRET,
    authenticate: async (user, secret) => {
      if (secret !== SECRET) return undefined;
      return user === API_KEY ? HARBOUR : [HARBOUR, RIVAL].find((account) => account === user);
    },
    ...options,
  });
  await jobs?.start();
  const app = express().use(assistants.router).use(errorHandler(log));

  const call: Service['call'] = (method, path, body, account = HARBOUR) => {
    const request = supertest(app)[method](path).auth(account, SECRET);
    return body === undefined ? request : request.send(body as object);
  };
  return {
    app,
    assistants,
    db,
    url: database.url,
    logged,
    call,
    async createAssistant(definition = {}, account) {
      const { body } = await call('post', '/v1/Assistants', { name: 'Harper', ...definition }, account).expect(201);
      return body.id;
    },
    async addText(assistantId, name, content) {
      const details = { knowledge_source_details: { content }, assistant_id: assistantId };
      const { body } = await call('post', '/v1/Knowledge', { name, type: 'Text', ...details }).expect(201);
      return body.id;
    },
    async stop() {
      stopping = true;
      await jobs?.stop(1_000);
      await jobs?.close();
      await db.close();
      await database.drop();
    },
  };
}

/** A second process on the same database. */
export function secondProcess(url: string, offline: Generate): Pick<Service, 'assistants' | 'db'> {
  const db = openDatabase(url, (error) => console.error(error));
  const assistants = createAssistants({
    db,
    now: () => new Date(),
    newId: uuidv7,
    baseUrl: () => BASE_URL,
    log: { info: () => {}, error: () => {} },
    secretsKey: SECRETS_KEY,
    jobs: noJobs,
    dispatcher: new Agent(),
    authTokenOf: () => SECRET,
    authenticate: async () => HARBOUR,
    offline,
  });
  return { assistants, db };
}

/** The error answer of the catalogue, with a word that its message has to hold. */
export function expectError(
  response: { status: number; body: Record<string, unknown> },
  status: number,
  code: number,
  about: string | RegExp = '',
): void {
  const { body } = response;
  const seen = JSON.stringify(body);
  if (response.status !== status || body.status !== status || body.code !== code) {
    throw new Error(`expected ${status} with code ${code}, got ${response.status} ${seen}`);
  }
  if (typeof body.message !== 'string' || !body.message.match(about) || typeof body.more_info !== 'string') {
    throw new Error(`expected a message about ${about}, got ${seen}`);
  }
}
