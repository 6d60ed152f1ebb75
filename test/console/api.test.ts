import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailurePage, Health, ThreadPage, Timeline, TrafficCourse } from '../../src/console/contract.ts';
import { uuidv7 } from '../../src/ids.ts';
import { sql } from '../../src/store/database.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { adminToken, assistantId, newPhone, threadKeyOf } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { TURN_ATTEMPTS: '1', LOG_LEVEL: 'warn' } });
  mend();
});
afterAll(() => gateway.close());

const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };

async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${gateway.url}/console/api${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}
const get = async <Body>(path: string): Promise<Body> => (await call('GET', path)).json;
const mend = () => gateway.assistant.answer(({ body }) => ({ body: { status: 'Success', body: `Re: ${body}` } }));
const pathOf = (phone: string) => `/threads/${encodeURIComponent(threadKeyOf(phone))}`;

describe('The list of threads', () => {
  it('shows each thread once, newest first, whatever its pages', async () => {
    const phones = Array.from({ length: 7 }, newPhone);
    // At once, so that some share a commit and its time.
    await Promise.all(phones.map((phone) => gateway.text(phone, 'hello')));
    await gateway.settle();
    const seen: string[] = [];
    let next: ThreadPage['next'] = null;
    do {
      const place: string = next ? `&before=${next.before}&after=${encodeURIComponent(next.key ?? '')}` : '';
      const page: ThreadPage = await get(`/threads?limit=2${place}`);
      expect(page.threads.length).toBeLessThanOrEqual(2);
      seen.push(...page.threads.map(({ key }) => key));
      next = page.next;
    } while (next);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(phones.map((phone) => threadKeyOf(phone))));
  });

  it('is narrowed by state, channel, number, and both at once', async () => {
    const [sms, chat] = [newPhone(), newPhone()];
    await gateway.text(sms, 'by text');
    await gateway.text(`whatsapp:${chat}`, 'by WhatsApp', { to: 'whatsapp:+15550001000' });
    await gateway.settle();
    await gateway.handOff(sms);
    const keys = async (query: string) =>
      (await get<ThreadPage>(`/threads?${query}`)).threads.map(({ theirs }) => theirs);
    expect(await keys('state=human')).toEqual([sms]);
    expect(await keys('channel=whatsapp')).toEqual([`whatsapp:${chat}`]);
    expect(await keys(`number=${sms.slice(-7)}`)).toEqual([sms]);
    expect(await keys(`number=${sms.slice(-7)}&channel=whatsapp`)).toEqual([]);
    await gateway.giveBack(sms);
    await gateway.settle();
    expect(await keys('state=human')).toEqual([]);
  });

  it('finds words in texts and in answers, with what stands around them', async () => {
    const phone = newPhone();
    await gateway.text(phone, 'Is the 100%_organic Wool in?');
    await gateway.settle();
    for (const words of ['100%_ORGANIC', 're: is the 100%']) {
      const { threads } = await get<ThreadPage>(`/threads?text=${encodeURIComponent(words)}`);
      expect(threads.map(({ theirs }) => theirs)).toEqual([phone]);
      expect(threads[0]?.preview?.text.toLowerCase()).toContain(words.toLowerCase());
    }
    expect((await get<ThreadPage>('/threads?text=100x_organic')).threads).toEqual([]);
  });

  it.each(['limit=0', 'state=asleep', 'before=yesterday-ish', 'text=x&before=2020-01-01'])(
    'refuses %s',
    async (query) => {
      expect((await call('GET', `/threads?${query}`)).status).toBe(400);
    },
  );
});

describe('A thread', () => {
  it('is one line of time: webhook, turn, send, receipts, handoff', async () => {
    const phone = newPhone();
    await gateway.text(phone, 'first');
    await gateway.settle();
    await gateway.handOff(phone);
    expect((await call('POST', `${pathOf(phone)}/messages`, { body: 'a person speaks' })).status).toBe(202);
    await gateway.settle();
    await gateway.giveBack(phone);
    await gateway.settle();
    const { entries } = await get<Timeline>(`${pathOf(phone)}/timeline`);
    const told = entries.map((entry) => {
      if (entry.kind === 'heard') return `heard ${entry.body}`;
      if (entry.kind === 'said') return `said ${entry.body} (${entry.purpose})`;
      return entry.kind === 'turn' ? `turn ${entry.state}` : `handoff ${entry.step}`;
    });
    expect(told).toEqual([
      'heard first',
      'turn answered',
      'said Re: first (answer)',
      'handoff answered',
      'said a person speaks (operator)',
      'handoff ended',
    ]);
    const said = entries.find((entry) => entry.kind === 'said');
    expect(said?.receipts.map(({ status }) => status)).toContain('delivered');
  });

  it('does not let an operator speak across the assistant', async () => {
    const phone = newPhone();
    await gateway.text(phone, 'hello');
    await gateway.settle();
    expect((await call('POST', `${pathOf(phone)}/messages`, { body: 'me too' })).status).toBe(409);
  });

  it('goes back in time page by page', async () => {
    const phone = newPhone();
    for (let n = 0; n < 3; n += 1) {
      await gateway.text(phone, `number ${n}`);
      await gateway.settle();
    }
    const whole = await get<Timeline>(`${pathOf(phone)}/timeline`);
    const turns = whole.entries.filter((entry) => entry.kind === 'turn');
    const before = await get<Timeline>(`${pathOf(phone)}/timeline?before=${turns[2]?.id}`);
    expect(before.entries.filter((entry) => entry.kind === 'turn').map(({ id }) => id)).toEqual(
      turns.slice(0, 2).map(({ id }) => id),
    );
    expect(before.entries.some((entry) => entry.kind === 'said' && entry.body === 'Re: number 2')).toBe(false);
  });

  it('is told live, whichever process moved it', async () => {
    const phone = newPhone();
    await gateway.text(phone, 'hello');
    await gateway.settle();
    const stop = new AbortController();
    const url = `${gateway.url}/console/api/live?thread=${encodeURIComponent(threadKeyOf(phone))}&kind=threads`;
    const response = await fetch(url, { headers, signal: stop.signal });
    let told = '';
    void (async () => {
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) told += piece;
    })().catch(() => {});
    await until('the present is told', () => told.includes('Re: hello') && told.includes('"kind":"threads"'));
    told = '';
    await gateway.text(phone, 'anybody?');
    await until('the news is told', () => told.includes('Re: anybody?'));
    await gateway.settle();
    told = '';
    // As another process would, of which this one hears nothing.
    await gateway.db.query(sql`
      update gateway.outbound_message set status = 'read', updated_at = now() where thread_key = ${threadKeyOf(phone)}`);
    await until('what others did is told', () => told.includes('"status":"read"'));
    stop.abort();
  });

  it('is erased with all that is known of the customer', async () => {
    const phone = newPhone();
    await gateway.text(phone, 'forget me');
    await gateway.settle();
    expect((await call('DELETE', pathOf(phone))).status).toBe(200);
    expect((await call('GET', pathOf(phone))).status).toBe(404);
    expect((await get<ThreadPage>('/threads?text=forget%20me')).threads).toEqual([]);
    expect((await call('DELETE', pathOf(phone))).status).toBe(404);
  });
});

describe('Failures', () => {
  const failing = async (body: string) => {
    const phone = newPhone();
    gateway.assistant.answer(() => ({ status: 400, body: {} }));
    await gateway.text(phone, body);
    await gateway.settle();
    return phone;
  };
  const open = async (phone: string) =>
    (await get<FailurePage>('/failures/open')).failures.filter(({ theirs }) => theirs === phone);

  it('say in words why, and what to do', async () => {
    const phone = await failing('why not?');
    expect(await open(phone)).toMatchObject([
      {
        kind: 'turn',
        code: 'assistant_refused',
        text: 'why not?',
        cause: expect.stringMatching(/^The assistants server refused/),
        advice: expect.stringMatching(/\w/),
      },
    ]);
    mend();
  });

  it('are retried one by one, and all at once', async () => {
    const phones = [await failing('one'), await failing('two'), await failing('three')];
    mend();
    const [first] = await open(phones[0] as string);
    expect((await call('POST', `/failures/${first?.id}/retry`)).status).toBe(202);
    await gateway.settle();
    expect((await gateway.simulator.texts(phones[0] as string)).at(-1)).toBe('Re: one');
    const { json } = await call('POST', '/failures/retry');
    expect(json.failures).toBeGreaterThanOrEqual(2);
    await gateway.settle();
    expect((await gateway.simulator.texts(phones[1] as string)).at(-1)).toBe('Re: two');
    expect((await gateway.simulator.texts(phones[2] as string)).at(-1)).toBe('Re: three');
    expect((await get<FailurePage>('/failures/open')).failures).toEqual([]);
  });

  it('are dismissed for good, unless they fail again', async () => {
    const phone = await failing('leave it');
    const [failure] = await open(phone);
    expect((await call('POST', `/failures/${failure?.id}/dismiss`)).status).toBe(204);
    expect(await open(phone)).toEqual([]);
    expect((await call('POST', `/failures/${failure?.id}/dismiss`)).status).toBe(404);
    await call('POST', `/failures/${failure?.id}/retry`);
    await gateway.settle();
    expect(await open(phone)).toHaveLength(1);
    mend();
  });

  it('of sends are sent again as new messages, once', async () => {
    const phone = newPhone();
    await gateway.simulator.faults({
      on: 'receipt',
      to: phone,
      times: 1,
      do: { kind: 'status', status: 'undelivered', errorCode: 30003 },
    });
    await gateway.text(phone, 'are you there?');
    await gateway.settle();
    const [failure] = await until('the receipt is in', async () => {
      const failures = await open(phone);
      return failures.length > 0 ? failures : undefined;
    });
    expect(failure).toMatchObject({ kind: 'message', code: '30003', text: 'Re: are you there?' });
    await call('POST', `/failures/${failure?.id}/retry`);
    await call('POST', `/failures/${failure?.id}/retry`);
    await gateway.settle();
    expect(await gateway.simulator.texts(phone)).toEqual(['Re: are you there?', 'Re: are you there?']);
    expect(await open(phone)).toEqual([]);
  });

  it.each(['not-an-id', '00000000-0000-4000-8000-000000000000'])('answer 404 to %s', async (id) => {
    expect((await call('POST', `/failures/${id}/retry`)).status).toBe(404);
    expect((await call('POST', `/failures/${id}/dismiss`)).status).toBe(404);
  });
});

describe('Health', () => {
  it('counts what is stored, and what processes measured that are gone; by channel too', async () => {
    const before = (await get<Health>('/health')).all.whole;
    await Promise.all(['a', 'b', 'c'].map((body) => gateway.text(newPhone(), body)));
    await gateway.text(`whatsapp:${newPhone()}`, 'd', { to: 'whatsapp:+15550001000' });
    await gateway.settle();
    await gateway.restart();
    const after = await until('the new numbers are there', async () => {
      const health = await get<Health>('/health?range=hour');
      return health.all.whole.received === before.received + 4 ? health : undefined;
    });
    const { all, channels, checks } = after;
    expect(all.whole.answered).toBe(before.answered + 4);
    expect(all.whole.sent).toBe(before.sent + 4);
    for (const name of ['sms', 'whatsapp']) {
      const channel = channels.find((row) => row.name === name);
      const latest = channel?.steps.findLast((step) => step.latency.accept !== null);
      for (const measure of ['accept', 'turn', 'send'] as const) {
        for (const latency of [latest?.latency[measure], channel?.whole.latency[measure]]) {
          const { p50, p95 } = latency ?? { p50: 0, p95: 0 };
          expect(p50).toBeGreaterThan(0);
          expect(p95).toBeGreaterThanOrEqual(p50);
        }
      }
    }
    // Everything is in one channel, and in one step.
    for (const of of ['received', 'answered', 'failed', 'sent', 'sendFailed'] as const) {
      const sum = (rows: Record<typeof of, number>[]) => rows.reduce((total, row) => total + row[of], 0);
      expect(sum(channels.map(({ whole }) => whole))).toBe(all.whole[of]);
      for (const { whole, steps } of [all, ...channels]) expect(sum(steps)).toBe(whole[of]);
    }
    expect(checks.every(({ status }) => status === 'ok')).toBe(true);
  });
});

describe('Health over an outage', () => {
  it('shows how many messages waited, and how long the oldest had, though nobody was there to measure', async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const { db } = gateway;
    const before = await get<Health>('/health');
    for (const arrived of [20, 18]) {
      await db.query(sql`
        with heard as (
          insert into gateway.inbound_event (idempotency_key, thread_key, kind, occurred_at, received_at, source, event,
            turn_id, handled_at)
          values (${uuidv7()}, 'rcs:ours:theirs', 'message', now(), ${minutesAgo(arrived)}, 'webhook', '{}', null,
            ${minutesAgo(10)})
          returning id)
        insert into gateway.turn (id, thread_key, state, event_ids, opened_at, finished_at, dismissed_at)
        select ${uuidv7(minutesAgo(11).getTime())}, 'rcs:ours:theirs', ${arrived === 20 ? 'failed' : 'answered'},
          array[id], ${minutesAgo(11)}, ${minutesAgo(10)}, now() from heard`);
    }
    // Of twenty turns, nineteen took 5 to 10 seconds.
    await db.query(sql`
      insert into gateway.timing (minute, measure, channel, counts)
      values (date_trunc('minute', ${minutesAgo(10)}::timestamptz), 'turn', 'rcs', '{0,0,0,0,0,0,0,0,0,0,1,0,19,0,0,0}')`);
    const { all, channels } = await until('it is read anew', async () => {
      const health = await get<Health>('/health');
      return health.channels.some(({ name }) => name === 'rcs') ? health : undefined;
    });
    const courseOf = (channel: string) => channels.find(({ name }) => name === channel) as TrafficCourse;
    const [rcs, sms] = [courseOf('rcs'), courseOf('sms')];
    const minute = ({ steps }: TrafficCourse, ago: number) => steps[steps.length - 1 - ago];
    expect(minute(all, 25)?.waiting).toBe(minute(before.all, 25)?.waiting);
    expect(minute(all, 15)?.waiting).toBe((minute(before.all, 15)?.waiting ?? 0) + 2);
    expect(minute(all, 5)?.waiting).toBe(minute(before.all, 5)?.waiting);
    expect([25, 15, 5].map((ago) => minute(rcs, ago)?.waiting)).toEqual([0, 2, 0]);
    expect(minute(sms, 15)?.waiting).toBe(minute(before.all, 15)?.waiting);
    const aged = minute(rcs, 15)?.oldestWaitingSeconds ?? 0;
    expect(aged).toBeGreaterThan(200);
    expect(aged).toBeLessThan(400);
    expect(minute(sms, 15)?.oldestWaitingSeconds).toBe(minute(before.all, 15)?.oldestWaitingSeconds);
    expect(rcs.steps.map(({ failureRate }) => failureRate).filter((rate) => rate !== null)).toEqual([0.5]);
    // It was slow there, and nowhere else.
    const slow = rcs.steps.map(({ latency }) => latency.turn).filter((latency) => latency !== null);
    expect(slow).toEqual([rcs.whole.latency.turn]);
    expect(slow?.[0]?.p50).toBeGreaterThan(5_000);
    expect(slow?.[0]?.p95).toBeLessThanOrEqual(10_000);
    expect(sms.whole.latency.turn?.p50).toBeLessThan(5_000);
  });
});

describe('Health of our own assistants', () => {
  it('counts and times every call of a model by its provider', async () => {
    const calls = [
      [
        { model: 'openai/gpt-4.1', ms: 900, error: 'The provider is away.' },
        { model: 'anthropic/claude-sonnet-4-5', ms: 400 },
      ],
      [{ model: 'anthropic/claude-haiku-4-5', ms: 200 }],
    ];
    await gateway.db.query(sql`
      insert into assistants.session (account_sid, id, assistant_id, identity, created_at, updated_at)
      values ('AC1', 'a session', 'an assistant', 'somebody', now(), now())`);
    for (const [ago, attempts] of calls.entries()) {
      const at = new Date(Date.now() - ago * 600_000);
      await gateway.db.query(sql`
        insert into assistants.message (id, account_sid, session_id, assistant_id, identity, role, content, meta, created_at)
        values (${`aia_msg_${uuidv7(at.getTime())}`}, 'AC1', 'a session', 'an assistant', 'somebody', 'assistant', '{}',
          ${JSON.stringify({ run: { attempts } })}, ${at})`);
    }
    const providers = await until('it is counted', async () => {
      const health = await get<Health>('/health');
      return health.providers[0]?.whole.calls === 2 ? health.providers : undefined;
    });
    expect(providers).toMatchObject([
      { name: 'anthropic', whole: { calls: 2, failed: 0, failureRate: 0, latency: { p50: 300, p95: 390 } } },
      { name: 'openai', whole: { calls: 1, failed: 1, failureRate: 1, latency: null } },
    ]);
    const asked = providers.map(({ steps }) => steps.filter(({ calls }) => calls > 0));
    expect(asked).toMatchObject([
      [
        { calls: 1, failed: 0, latency: { p50: 200, p95: 200 } },
        { calls: 1, failed: 0, latency: { p50: 400, p95: 400 } },
      ],
      [{ calls: 1, failed: 1, failureRate: 1, latency: null }],
    ]);
  });
});

describe('Assistants of another server', () => {
  it('are asked with the account’s credentials, which the browser never has', async () => {
    const answer = await call('POST', `/v1/Assistants/${assistantId}/Messages`, { identity: 'me', body: 'hello you' });
    expect([answer.status, answer.json.body]).toEqual([200, 'Re: hello you']);
    expect(gateway.assistant.asked.at(-1)).toMatchObject({
      body: 'hello you',
      identity: 'me',
      headers: { authorization: expect.stringMatching(/^Basic /) },
    });
  });

  it('that are away answer as such', async () => {
    const away = await startGateway({ env: { ASSISTANTS_BASE_URL: 'http://127.0.0.1:9', LOG_LEVEL: 'silent' } });
    try {
      const response = await fetch(`${away.url}/console/api/v1/Assistants`, { headers });
      expect([response.status, ((await response.json()) as { code: number }).code]).toEqual([502, 70060]);
    } finally {
      await away.close();
    }
  });
});

describe('With 100,000 threads', () => {
  beforeAll(async () => {
    await gateway.db.query(sql`
      insert into gateway.thread (key, account_sid, channel, ours, theirs, identity, handling, created_at, active_at)
      select 'sms:+15550001000:+1444' || n, 'AC' || repeat('1', 32), 'sms', '+15550001000', '+1444' || n, 'phone:+1444' || n,
        case when n % 1000 = 0 then 'human' else 'assistant' end, at, at
      from generate_series(1000000, 1099999) n, lateral (
        select timestamptz '2026-01-01' + n * interval '1 second' as at) times`);
    await gateway.db.query(sql`analyze gateway.thread`);
  });

  it.each([
    ['the first page', ''],
    ['a page in the middle', 'before=2026-01-12T19:00:00Z'],
    ['those with a human', 'state=human'],
    ['a number', 'number=4441012345'],
    ['a word that nobody has said', 'text=nowhere'],
  ])('%s opens in under 300 ms', async (_what, query) => {
    await call('GET', `/threads?${query}`);
    const times: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const start = performance.now();
      expect((await call('GET', `/threads?${query}`)).status).toBe(200);
      times.push(performance.now() - start);
    }
    expect(times.sort((a, b) => a - b)[2]).toBeLessThan(300);
  });

  it('the list is read by its index, as many rows as are shown', async () => {
    const [row] = await gateway.db.query<{ 'QUERY PLAN': { Plan: object }[] }>(sql`
      explain (format json) select * from gateway.thread where (active_at, key) < (now(), '')
      order by active_at desc, key desc limit 51`);
    expect(JSON.stringify(row)).toContain('"thread_active"');
  });
});
