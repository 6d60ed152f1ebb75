import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, sql } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { ready, startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { HARBOUR, SECRET } from './support.ts';

const MESSAGES = 20;

let receiver: Server;
const told: string[] = [];
/** So many answers the receiver takes; of others it hears, and says nothing. */
let taken = 3;
const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listening = (server: Server) =>
  new Promise<Server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));

beforeAll(async () => {
  receiver = await listening(
    createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        taken -= 1;
        if (taken < 0) return;
        told.push(new URLSearchParams(body).get('SessionId') ?? '');
        response.end();
      });
    }),
  );
});
afterAll(() => receiver.close());

it('a process that is killed amid its answers loses none: the next one delivers them, and generates none twice', async () => {
  const database = await freshDatabase();
  const free = await listening(createServer());
  const port = portOf(free);
  free.close();
  const url = `http://127.0.0.1:${port}`;
  const start = () =>
    startProcess({
      DATABASE_URL: database.url,
      PORT: String(port),
      HOST: '127.0.0.1',
      TWILIO_ACCOUNT_SID: HARBOUR,
      TWILIO_AUTH_TOKEN: SECRET,
      // There is no Twilio: nothing of it is needed.
      TWILIO_API_BASE_URL: 'http://127.0.0.1:1',
      ADMIN_TOKEN: 'x'.repeat(16),
      SECRETS_KEY: '0'.repeat(64),
      ALLOW_PRIVATE_ADDRESSES: 'true',
      LOG_LEVEL: 'warn',
    });
  const post = async (path: string, body: object) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${HARBOUR}:${SECRET}`).toString('base64')}`,
      },
      body: JSON.stringify(body),
    });
    expect(response.status).toBeLessThan(300);
    return (await response.json()) as { id: string };
  };

  const first = start();
  await ready(url);
  const { id } = await post('/v1/Assistants', { name: 'Harper' });
  const webhook = `http://127.0.0.1:${portOf(receiver)}/answers`;
  const sessions = Array.from({ length: MESSAGES }, (_, index) => `session ${index}`);
  await Promise.all(
    sessions.map((session_id) =>
      post(`/v1/Assistants/${id}/Messages`, { identity: 'a:b', body: 'Hello', session_id, webhook }),
    ),
  );
  await until('it is amid its answers', () => taken < 0);
  first.kill('SIGKILL');
  await first.exited;
  taken = Number.POSITIVE_INFINITY;

  const second = start();
  // Jobs of the dead process are taken over when their locks have run out.
  await until('all answers are delivered', () => new Set(told).size === MESSAGES, 90_000);
  expect(new Set(told)).toEqual(new Set(sessions.map((session) => `webhook:${session}`)));
  const db = openDatabase(database.url, () => {});
  const exchanges = await db.query(sql`
    select session_id, count(*) as messages from assistants.message group by session_id order by session_id`);
  expect(exchanges).toEqual(sessions.toSorted().map((session_id) => ({ session_id, messages: 2 })));
  await db.close();
  second.kill('SIGTERM');
  await second.exited;
  await database.drop();
}, 180_000);
