import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { messageResource, sendMessageResponse, sessionResource } from '../../src/assistants/api/schemas.ts';
import type { SendMessageRequest, SendMessageResponse } from '../../src/assistants/assistants.ts';
import type { Generate, GenerateInput } from '../../src/assistants/providers/provider.ts';
import { errorBody, TandemError } from '../../src/http/errors.ts';
import { sql } from '../../src/store/database.ts';
import { expectError, HARBOUR, RIVAL, type Service, secondProcess, startService } from './support.ts';

/** A provider that echoes, remembers what it was asked, and can be held at a gate or made to fail. */
function scriptedProvider() {
  const asked: GenerateInput[] = [];
  let running = 0;
  let gate: Promise<void> | undefined;
  const script = {
    asked,
    peak: 0,
    failure: undefined as Error | undefined,
    hold(): () => void {
      let open = () => {};
      gate = new Promise((resolve) => {
        open = () => {
          gate = undefined;
          resolve();
        };
      });
      return () => open();
    },
    generate: (async (input) => {
      asked.push(input);
      running += 1;
      script.peak = Math.max(script.peak, running);
      try {
        await gate;
        // Lets others in, if they may come in.
        await new Promise((resolve) => setImmediate(resolve));
        input.signal.throwIfAborted();
        if (script.failure) throw script.failure;
        return { text: `You said: ${input.userText}`, sources: [] };
      } finally {
        running -= 1;
      }
    }) satisfies Generate as Generate,
    reset() {
      asked.length = 0;
      script.peak = 0;
      script.failure = undefined;
    },
  };
  return script;
}

type Answer = { status: number; body: SendMessageResponse };
type Ask = (request: SendMessageRequest, options?: { key?: string; account?: string; id?: string }) => Promise<Answer>;

const provider = scriptedProvider();
let service: Service;
let assistantId: string;
let counter = 0;

const newSession = () => `messaging__+15550100/${++counter}`;
const say = (body: string, session_id?: string) => ({ identity: 'phone:+15550199', body, session_id });
const messagesOf = async (sessionId: string) => {
  const path = `/v1/Sessions/${encodeURIComponent(sessionId)}/Messages?PageSize=1000`;
  const { body } = await service.call('get', path).expect(200);
  return body.messages.map((message: unknown) => messageResource.parse(message));
};
const textsOf = async (sessionId: string) =>
  (await messagesOf(sessionId)).map((message: { content: { content: string } }) => message.content.content);
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
};

beforeAll(async () => {
  service = await startService({ offline: provider.generate });
  assistantId = await service.createAssistant();
});
afterAll(() => service.stop());

const overHttp: Ask = async (request, { key, account, id = assistantId } = {}) => {
  const sending = service.call('post', `/v1/Assistants/${id}/Messages`, undefined, account);
  if (key !== undefined) sending.set('Idempotency-Key', key);
  return sending.send(request);
};

const inProcess: Ask = async (request, { key, account = HARBOUR, id = assistantId } = {}) => {
  try {
    return { status: 200, body: await service.assistants.sendMessage(account, id, request, { idempotencyKey: key }) };
  } catch (error) {
    if (!(error instanceof TandemError)) throw error;
    return { status: error.status, body: errorBody(error) as unknown as Answer['body'] };
  }
};

describe.each([
  ['over HTTP', overHttp],
  ['in process', inProcess],
])('a message sent %s', (_how, ask) => {
  it('is answered, and both are stored under the session id of the caller', async () => {
    const sessionId = `${newSession()}:ü?&%+ x`;
    const { status, body } = await ask(say('Hello', sessionId));
    expect(status).toBe(200);
    expect(sendMessageResponse.parse(body)).toEqual({
      status: 'Success',
      session_id: sessionId,
      account_sid: HARBOUR,
      body: 'You said: Hello',
      flagged: false,
      aborted: false,
    });
    const session = await service.call('get', `/v1/Sessions/${encodeURIComponent(sessionId)}`).expect(200);
    expect(sessionResource.parse(session.body)).toMatchObject({
      id: sessionId,
      account_sid: HARBOUR,
      assistant_id: assistantId,
      identity: 'phone:+15550199',
      verified: false,
    });
    expect(await messagesOf(sessionId)).toMatchObject([
      { role: 'user', content: { content: 'Hello' }, session_id: sessionId, meta: { mode: 'chat' } },
      {
        role: 'assistant',
        content: { content: 'You said: Hello' },
        assistant_id: assistantId,
        meta: { model: 'offline' },
      },
    ]);
  });

  it('gets a session of its own when it names none', async () => {
    const [one, two] = [await ask(say('Hello')), await ask(say('Hello'))];
    expect(one.body.session_id).not.toBe(two.body.session_id);
    expect(await textsOf(one.body.session_id)).toEqual(['Hello', 'You said: Hello']);
  });

  it('is answered knowing what was said before, oldest first', async () => {
    const sessionId = newSession();
    for (let turn = 1; turn <= 5; turn += 1) await ask(say(`turn ${turn}`, sessionId));
    await ask(say('last', sessionId));
    const { history, userText } = provider.asked.at(-1) as GenerateInput;
    expect(userText).toBe('last');
    expect(history).toHaveLength(10);
    expect(history[0]).toEqual({ role: 'user', text: 'turn 1' });
    expect(history.at(-1)).toEqual({ role: 'assistant', text: 'You said: turn 5' });
  });

  it('may hold what PostgreSQL cannot store: it is replaced', async () => {
    const sessionId = newSession();
    expect((await ask(say('a\u0000b \ud800', sessionId))).body.body).toBe('You said: a\uFFFDb \uFFFD');
    expect(await textsOf(sessionId)).toEqual(['a\uFFFDb \uFFFD', 'You said: a\uFFFDb \uFFFD']);
  });

  it.each<[unknown, string]>([
    [{ body: 'Hello' }, 'identity: '],
    [{ identity: '', body: 'Hello' }, 'identity: '],
    [{ identity: 'a:b' }, 'body: '],
    [{ identity: 'a:b', body: '' }, 'body: '],
    [{ identity: 'a:b', body: ' \n' }, 'body: '],
    [{ identity: 'a:b', body: 'x'.repeat(32_769) }, 'body: '],
    [{ identity: 'a:b', body: ['x'] }, 'body: '],
    [{ identity: 'a:b', body: 'x', session_id: '' }, 'session_id: '],
    [{ identity: 'a:b', body: 'x', session_id: 'x'.repeat(513) }, 'session_id: '],
    [{ identity: 'a:b', body: 'x', session_id: 'a\u0000b' }, 'session_id: '],
    [{ identity: 'a:b', body: 'x', mode: 'song' }, 'mode: '],
    [{ identity: 'a:b', body: 'x', webhook: 'x.test/answers' }, 'webhook: '],
  ])('is refused by the name of the field that is wrong: %#', async (request, about) => {
    provider.reset();
    expectError(await ask(request as SendMessageRequest), 400, 20001, about);
    expect(provider.asked).toEqual([]);
  });

  it('is refused with 404 for an assistant that the account does not have', async () => {
    expectError(await ask(say('Hello'), { id: 'aia_asst_none' }), 404, 20404);
    expectError(await ask(say('Hello'), { account: RIVAL }), 404, 20404);
  });

  describe('under an idempotency key', () => {
    it('is told the stored answer when it is repeated, even if the assistant is gone by then', async () => {
      provider.reset();
      const id = await service.createAssistant();
      const sessionId = newSession();
      const key = `turn-${sessionId}`;
      const first = await ask(say('Hello', sessionId), { key, id });
      await service.call('delete', `/v1/Assistants/${id}`).expect(204);
      expect(await ask(say('Hello', sessionId), { key, id })).toMatchObject({ status: 200, body: first.body });
      expect(provider.asked).toHaveLength(1);
      expect(await textsOf(sessionId)).toEqual(['Hello', 'You said: Hello']);
    });

    it('is a conflict when anything in it differs', async () => {
      const sessionId = newSession();
      const key = `turn-${sessionId}`;
      const request = say('Hello', sessionId);
      await ask(request, { key });
      const other = await service.createAssistant();
      for (const [different, id] of [
        [{ ...request, body: 'Hello!' }],
        [{ ...request, identity: 'phone:+15550111' }],
        [{ ...request, session_id: newSession() }],
        [{ ...request, session_id: undefined }],
        [{ ...request, mode: 'voice' as const }],
        [request, other],
      ] as [SendMessageRequest, string?][]) {
        expectError(await ask(different, { key, id }), 409, 20409, 'Idempotency-Key: ');
      }
      expect(await textsOf(sessionId)).toHaveLength(2);
    });

    it('is generated once for 20 requests at the same time, with and without a session id', async () => {
      for (const sessionId of [newSession(), undefined]) {
        provider.reset();
        const key = `twenty-${++counter}`;
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(say('Hello', sessionId), { key })));
        expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
        expect(provider.asked).toHaveLength(1);
        expect(await textsOf(answers[0]?.body.session_id as string)).toEqual(['Hello', 'You said: Hello']);
      }
    });

    it('is answered once when two sessions use the key at the same time', async () => {
      const key = `both-${++counter}`;
      const sessions = [newSession(), newSession()];
      const open = provider.hold();
      provider.reset();
      const asking = sessions.map((sessionId) => ask(say('Hello', sessionId), { key }));
      await until(() => provider.asked.length === 2);
      open();
      const answers = await Promise.all(asking);
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
      const stored = await service.call('get', '/v1/Sessions?PageSize=1000').expect(200);
      expect(stored.body.sessions.filter((one: { id: string }) => sessions.includes(one.id))).toHaveLength(1);
    });

    it('belongs to one account', async () => {
      const theirs = await service.createAssistant({}, RIVAL);
      const sessionId = newSession();
      const key = `mine-${sessionId}`;
      await ask(say('Hello', sessionId), { key });
      const answer = await ask(say('Other', sessionId), { key, account: RIVAL, id: theirs });
      expect(answer).toMatchObject({ status: 200, body: { account_sid: RIVAL, body: 'You said: Other' } });
    });

    it.each(['x'.repeat(256)])('is refused when the key is none', async (key) => {
      expectError(await ask(say('Hello'), { key }), 400, 20001, 'Idempotency-Key: ');
    });
  });

  it('stores nothing when generating fails, and may be sent again', async () => {
    const sessionId = newSession();
    const key = `fails-${sessionId}`;
    provider.failure = new TandemError('tooManyRequests', 'Later.');
    expectError(await ask(say('Hello', sessionId), { key }), 429, 20429);
    provider.reset();
    expectError(await service.call('get', `/v1/Sessions/${encodeURIComponent(sessionId)}`), 404, 20404);
    expect(await ask(say('Hello', sessionId), { key })).toMatchObject({ status: 200 });
    expect(await textsOf(sessionId)).toEqual(['Hello', 'You said: Hello']);
  });
});

describe('the messages of one session', () => {
  it('are answered one after the other, in the order of their arrival', async () => {
    provider.reset();
    const sessionId = newSession();
    const words = Array.from({ length: 12 }, (_, index) => `word ${index}`);
    await Promise.all(words.map((word) => inProcess(say(word, sessionId))));
    expect(provider.peak).toBe(1);
    expect(await textsOf(sessionId)).toEqual(words.flatMap((word) => [word, `You said: ${word}`]));
    expect(provider.asked.map((input) => input.history.length)).toEqual(words.map((_, index) => index * 2));
  });

  it('are answered one after the other by several processes', async () => {
    provider.reset();
    const other = secondProcess(service.url, provider.generate);
    const sessionId = newSession();
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const { assistants } = index % 2 === 0 ? service : other;
        return assistants.sendMessage(HARBOUR, assistantId, say(`word ${index}`, sessionId));
      }),
    );
    expect(provider.peak).toBe(1);
    expect(provider.asked.map((input) => input.history.length)).toEqual(
      Array.from({ length: 12 }, (_, index) => index * 2),
    );
    await other.db.close();
  });

  it('wait no longer than their sender does', async () => {
    const sessionId = newSession();
    provider.reset();
    const open = provider.hold();
    const first = inProcess(say('first', sessionId));
    await until(() => provider.asked.length === 1);
    const leaving = new AbortController();
    const second = service.assistants.sendMessage(HARBOUR, assistantId, say('second', sessionId), {
      signal: leaving.signal,
    });
    const third = inProcess(say('third', sessionId));
    leaving.abort(new Error('hung up'));
    await expect(second).rejects.toThrow('hung up');
    open();
    await Promise.all([first, third]);
    expect(await textsOf(sessionId)).toEqual(['first', 'You said: first', 'third', 'You said: third']);
  });

  it('go on after the process that was answering has died', async () => {
    const sessionId = newSession();
    await service.db.query(sql`
      insert into assistants.session_lease values (${HARBOUR}, ${sessionId}, 'of a dead process', now() + interval '150 ms')`);
    const startedAt = Date.now();
    expect(await inProcess(say('Hello', sessionId))).toMatchObject({ status: 200 });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(140);
  });

  it('are not stored by a process that has lost its lease', async () => {
    const sessionId = newSession();
    provider.reset();
    const open = provider.hold();
    const slow = inProcess(say('slow', sessionId));
    await until(() => provider.asked.length === 1);
    await service.db.query(sql`
      update assistants.session_lease set token = 'another', expires_at = now() where session_id = ${sessionId}`);
    open();
    expectError(await slow, 429, 20429);
    expect(await inProcess(say('next', sessionId))).toMatchObject({ status: 200 });
    expect(await textsOf(sessionId)).toEqual(['next', 'You said: next']);
  });

  it('keep their lease for as long as answering takes', async () => {
    const sessionId = newSession();
    provider.reset();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const open = provider.hold();
    const slow = inProcess(say('slow', sessionId));
    await until(() => provider.asked.length === 1);
    await service.db.query(sql`
      update assistants.session_lease set expires_at = now() where session_id = ${sessionId}`);
    vi.advanceTimersByTime(3_000);
    await until(async () => {
      const live = await service.db.query(sql`
        select 1 from assistants.session_lease
        where session_id = ${sessionId} and expires_at > now() + interval '5 seconds'`);
      return live.length > 0;
    });
    vi.useRealTimers();
    open();
    expect(await slow).toMatchObject({ status: 200 });
  });

  it('leave no lease behind', async () => {
    const rows = await service.db.query(sql`select * from assistants.session_lease where expires_at > now()`);
    expect(rows).toEqual([]);
  });
});

describe('the messages of different sessions', () => {
  it('are answered in parallel: a hundred that are thinking hold no connection of the pool of ten', async () => {
    provider.reset();
    const open = provider.hold();
    const asking = Array.from({ length: 100 }, (_, index) => inProcess(say(`${index}`, newSession())));
    await until(() => provider.asked.length === 100);
    await service.call('get', '/v1/Assistants').expect(200);
    open();
    const answers = await Promise.all(asking);
    expect(answers.map((answer) => answer.body.body)).toEqual(answers.map((_, index) => `You said: ${index}`));
    expect(provider.peak).toBe(100);
  });
});
