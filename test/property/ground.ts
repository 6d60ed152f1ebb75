import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type pg from 'pg';
import { CALLBACK_PATH, callbackRoute } from '../../src/assistants-client/callback-route.ts';
import { signCallbackToken } from '../../src/assistants-client/callback-token.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { createJournal } from './journal.ts';

/** What all runs share: a database, a session for the advisory locks of processes, and the route for late answers. */
export type Ground = {
  db: Database;
  locks: pg.Client;
  postReply: (
    reply: { turnId: string; use: string; sessionId: string; status: string; body: string },
    time: Date,
  ) => Promise<void>;
  close: () => Promise<void>;
};

export async function prepareGround(): Promise<Ground> {
  const database = await freshDatabase();
  // One connection: what runs at the same time is the campaign's choice, not the server's.
  const db = openDatabase(database.url, (error) => console.error(error), 1);
  await createJournal(db);
  const locks = await db.connect();

  let time = new Date();
  const key = Buffer.alloc(32, 7);
  const app = express().use(callbackRoute({ db, key, now: () => time, wake: () => undefined }));
  app.use(((_error, _request, response, _next) => response.sendStatus(403)) satisfies express.ErrorRequestHandler);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    db,
    locks,
    async postReply({ turnId, use, sessionId, status, body }, at) {
      time = at;
      const token = signCallbackToken(key, { turnId, use }, at);
      const response = await fetch(`http://127.0.0.1:${port}${CALLBACK_PATH}?_token=${token}`, {
        method: 'POST',
        body: new URLSearchParams({ Status: status, SessionId: `webhook:${sessionId}`, Body: body }),
      });
      await response.arrayBuffer();
    },
    async close() {
      server.close();
      await locks.end();
      await db.close();
      await database.drop();
    },
  };
}
