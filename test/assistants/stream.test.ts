import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import type { SendMessage } from '../../src/assistants/agent/send-message.ts';
import { messageRoutes } from '../../src/assistants/api/message-routes.ts';
import { errorHandler } from '../../src/http/error-handler.ts';
import { TandemError } from '../../src/http/errors.ts';
import { gate, until } from '../support/until.ts';
import { HARBOUR, startService } from './support.ts';

const answer = (body: string) =>
  ({ status: 'Success', session_id: 's', account_sid: HARBOUR, body, flagged: false, aborted: false }) as const;

let close = () => {};
afterEach(() => close());

/** The route with a runtime that does as the test says. */
async function ask(sendMessage: SendMessage, accept = 'text/event-stream', signal?: AbortSignal) {
  const log = pino({ level: 'silent' });
  const routes = messageRoutes({ sendMessage, sendLater: () => Promise.reject(new Error('not asked for')), log });
  const server = express().use(routes).use(errorHandler(log)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/Assistants/aia_asst_1/Messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ identity: 'a:b', body: 'Hello' }),
    signal,
  });
}

const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('event:'))
    .map((block) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return [name, JSON.parse(data as string)];
    });

it('an answer is told piece by piece to whoever accepts events, and then as a whole', async () => {
  const first = gate();
  const response = await ask(async (_account, _id, _request, options) => {
    options?.onText?.('Hel');
    await first.opened;
    options?.onText?.('lo\n\ndata: x');
    return answer('Hello\n\ndata: x');
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? '';
  // The first piece is there before there is a second.
  expect(eventsOf(text)).toEqual([['delta', { text: 'Hel' }]]);
  first.open();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) text += part.value;
  expect(eventsOf(text)).toEqual([
    ['delta', { text: 'Hel' }],
    ['delta', { text: 'lo\n\ndata: x' }],
    ['message', answer('Hello\n\ndata: x')],
  ]);
});

it('pieces that are void are called back', async () => {
  const response = await ask(async (_account, _id, _request, options) => {
    options?.onRestart?.();
    options?.onText?.('One moment');
    options?.onRestart?.();
    return answer('Done');
  });
  expect(eventsOf(await response.text())).toEqual([
    ['delta', { text: 'One moment' }],
    ['restart', {}],
    ['delta', { text: 'Done' }],
    ['message', answer('Done')],
  ]);
});

it('what fails before anything was told is an ordinary error, and an event after', async () => {
  const refused = await ask(() => Promise.reject(new TandemError('notFound')));
  expect([refused.status, refused.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
  close();
  const broken = await ask(async (_account, _id, _request, options) => {
    options?.onText?.('Hel');
    throw new Error('the secret cause');
  });
  const text = await broken.text();
  expect(eventsOf(text)).toEqual([
    ['delta', { text: 'Hel' }],
    ['error', expect.objectContaining({ code: 20500, status: 500 })],
  ]);
  expect(text).not.toContain('secret');
});

it('nobody goes on thinking for a listener who has left', async () => {
  const leaving = new AbortController();
  let aborted = false;
  const response = await ask(
    (_account, _id, _request, options) => {
      options?.onText?.('Hel');
      return new Promise((_, reject) => {
        options?.signal?.addEventListener('abort', () => {
          aborted = true;
          reject(options.signal?.reason);
        });
      });
    },
    'text/event-stream',
    leaving.signal,
  );
  expect(response.status).toBe(200);
  leaving.abort();
  await until('the runtime has heard of it', () => aborted);
});

it('the connection is kept alive while there is nothing to tell', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { opened, open } = gate();
  const asking = ask(async () => {
    await opened;
    return answer('Hello');
  });
  await until('it is being answered', () => vi.getTimerCount() > 0);
  vi.advanceTimersByTime(15_000);
  const response = await asking;
  vi.useRealTimers();
  open();
  expect(await response.text()).toMatch(/^: still thinking\n\nevent: delta/);
});

it.each(['application/json', '*/*', 'application/json, text/event-stream'])(
  'whoever accepts %s gets JSON',
  async (accept) => {
    const response = await ask(async () => answer('Hello'), accept);
    expect(await response.json()).toEqual(answer('Hello'));
  },
);

it('a model that tells its answer in one piece is heard as well', async () => {
  const service = await startService();
  const id = await service.createAssistant();
  const message = { identity: 'a:b', body: 'Hello', session_id: 's' };
  const { text } = await service
    .call('post', `/v1/Assistants/${id}/Messages`)
    .set('Accept', 'text/event-stream')
    .buffer(true)
    .parse((response, done) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => done(null, text));
    })
    .send(message)
    .then(({ body }) => ({ text: body as string }));
  const events = eventsOf(text);
  expect(events.map(([name]) => name)).toEqual(['delta', 'message']);
  expect(events[1]?.[1].body).toBe(events[0]?.[1].text);
  await service.stop();
});
