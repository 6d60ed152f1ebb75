import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe } from 'vitest';
import { catalogue } from '../../src/http/errors.ts';
import { hang } from '../support/fake-assistant.ts';
import { test as base } from '../support/gateway.ts';
import { interruptible } from '../support/interruptible.ts';
import { type GatewayProcess, ready, startProcess } from '../support/process.ts';
import {
  account,
  adminToken,
  createSurroundings,
  inbound,
  newPhone,
  ours,
  type Surroundings,
  type SurroundingsOptions,
  threadKeyOf,
} from '../support/surroundings.ts';
import { gate, until } from '../support/until.ts';

type Fixtures = {
  surroundings: (options?: SurroundingsOptions) => Promise<Surroundings>;
  run: (env: Record<string, string>) => GatewayProcess;
};

/** A test that may start gateways as processes of their own, which end with it. */
const test = base.extend<Fixtures>({
  surroundings: async ({ task: _ }, use) => {
    const created: Surroundings[] = [];
    await use(async (options) => {
      const surroundings = await createSurroundings(options);
      created.push(surroundings);
      return surroundings;
    });
    await Promise.all(created.map((surroundings) => surroundings.close()));
  },
  // After the surroundings, so that it ends before them.
  run: async ({ surroundings: _ }, use) => {
    const processes: GatewayProcess[] = [];
    await use((env) => {
      const started = startProcess(env);
      processes.push(started);
      return started;
    });
    for (const { kill } of processes) kill('SIGKILL');
    await Promise.all(processes.map(({ exited }) => exited));
  },
});

describe.concurrent('What operators look at', () => {
  test('it is alive and ready, and says what it has checked', async ({ gateway, expect }) => {
    const { url } = await gateway();
    await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok);
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'ok', instance: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ]);
    const readiness = await (await fetch(`${url}/readyz`)).json();
    expect(readiness).toMatchObject({ status: 'ready', checks: { store: 'ok', migrations: 'ok', queue: 'ok' } });
  });

  test('with PostgreSQL away it is alive and not ready, and ready again by itself', async ({ gateway, expect }) => {
    const way = interruptible();
    const { url } = await gateway({ databaseUrl: way.url });
    await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok);
    way.cut();
    const refused = await fetch(`${url}/readyz`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ status: 'not ready', checks: { process: 'ok' } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    way.mend();
    await until('it is ready again', async () => (await fetch(`${url}/readyz`)).ok);
  });

  test('while it stops it takes nothing new, and finishes what is in hand', async ({ gateway, expect }) => {
    const door = gate();
    const { url, text, stop, wasAsked, simulator } = await gateway({
      answer: () => door.opened.then(() => 'Here you are'),
    });
    const from = newPhone();
    await text(from, 'Hello');
    await wasAsked(1);
    const stopped = stop();
    await until('nobody answers any more', () =>
      fetch(`${url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    expect(await simulator.texts(from)).toEqual([]);
    door.open();
    await stopped;
    expect(await simulator.texts(from)).toEqual(['Here you are']);
  });

  test('every metric is named tandem_, and a token guards them where one is set', async ({ gateway, expect }) => {
    const metricsToken = 'the-token-of-prometheus';
    const { url, text, settle } = await gateway({ env: { METRICS_TOKEN: metricsToken } });
    await text(newPhone(), 'Hello');
    await settle();
    for (const authorization of ['', 'Bearer no', `Bearer ${adminToken}`]) {
      expect((await fetch(`${url}/metrics`, { headers: { authorization } })).status).toBe(403);
    }
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.filter((line) => !line.startsWith('tandem_'))).toEqual([]);
    expect(lines).toContain('tandem_webhooks_total{kind="message",outcome="accepted"} 1');
    expect(lines).toContain('tandem_turns_total{outcome="answered"} 1');
    expect(lines).toContain('tandem_messages_total{status="sent"} 1');
    expect(lines).toContain('tandem_threads_due 0');
  });

  test('every error has a code of its own, listed where more_info points', async ({ gateway, expect }) => {
    const { url, post } = await gateway();
    const entries = Object.values(catalogue);
    expect(new Set(entries.map(({ code }) => code)).size).toBe(entries.length);
    for (const { code, status } of entries) {
      expect(code >= 70_000 ? code < 80_000 : code >= 20_000 && code < 60_000).toBe(true);
      expect(status >= 400 && status < 600).toBe(true);
    }
    const listed = (await (await fetch(`${url}/docs/errors`)).json()) as { errors: object[] };
    expect(listed.errors).toEqual(entries.map(({ code, status, message }) => ({ code, status, message })));
    const { json } = await post('/webhooks/twilio/messaging', {}, { signature: false });
    expect(json.more_info).toBe('/docs/errors');
  });
});

describe.concurrent('The log', () => {
  const secretWords = 'my card number is in this text';

  test('holds neither phone numbers nor texts nor tokens, whatever happens', async ({ gateway, expect }) => {
    const way = interruptible();
    const { url, text, post, settle, simulator, stop, start, handOff, log, db } = await gateway({
      databaseUrl: way.url,
      env: { LOG_LEVEL: 'trace', TURN_ATTEMPTS: '2', APOLOGY_TEXT: `Sorry about ${secretWords}` },
      answer: ({ body, nth }) =>
        body.includes('fail') ? { status: 404 } : body.includes('retry') && nth === 1 ? { status: 500 } : `Re: ${body}`,
    });
    const phones = Array.from({ length: 6 }, newPhone) as [string, string, string, string, string, string];
    const [plain, failing, refused, doubtful, missed, human] = phones;
    await simulator.faults(
      { on: 'create', to: refused, do: { kind: 'status', status: 400, code: 21211 } },
      { on: 'create', to: doubtful, times: 1, do: { kind: 'accept-then-reset' } },
    );
    for (const from of phones.filter((phone) => phone !== missed)) await text(from, `Hello, ${secretWords}`);
    await text(failing, `fail ${secretWords}`);
    await text(plain, `retry ${secretWords}`);
    await text(`whatsapp:${plain}`, secretWords, { to: `whatsapp:${ours}` });
    await handOff(human);
    await text(human, secretWords);
    await text(plain, 'STOP');
    await settle();
    await post('/webhooks/twilio/messaging', inbound(plain, secretWords), { signature: false });
    await post('/webhooks/twilio/messaging', { ...inbound(plain, secretWords), MessageSid: plain });
    await post('/webhooks/twilio/messaging', inbound(`messenger:${plain}`, secretWords));
    await stop();
    await text(missed, secretWords);
    await start();
    await settle();
    way.cut();
    await post('/webhooks/twilio/messaging', inbound(plain, secretWords));
    const authorization = `Bearer ${adminToken}`;
    const path = `/console/api/threads/${encodeURIComponent(threadKeyOf(plain))}`;
    expect((await fetch(url + path, { headers: { authorization } })).status).toBe(503);
    way.mend();
    await until('the store is back', async () => (await fetch(url + path, { headers: { authorization } })).ok);
    await db.query({ text: 'alter table gateway.inbound_event rename to elsewhere', values: [], name: '' });
    await post('/webhooks/twilio/messaging', inbound(plain, secretWords));

    const seen = new Set(log.map(({ msg }) => msg));
    const expected = ['webhook.accepted', 'webhook.rejected', 'webhook.failed', 'turn.completed', 'turn.failed'];
    expected.push('turn.retrying', 'turn.silent', 'message.sent', 'message.retrying', 'message.failed');
    expected.push('message.delivered', 'backfill.recovered', 'http.failed');
    expect(expected.filter((msg) => !seen.has(msg))).toEqual([]);
    const whole = log.map((line) => JSON.stringify(line)).join('\n');
    const secrets = [
      secretWords,
      account.authToken,
      adminToken,
      ...[...phones, ours].map((phone) => phone.slice(2, -2)),
    ];
    for (const secret of secrets) {
      expect(whole.split('\n').filter((line) => line.includes(secret))).toEqual([]);
    }
  });

  test('holds the texts where that is asked for', async ({ gateway, expect }) => {
    const { text, settle, log } = await gateway({ env: { LOG_BODIES: 'true' } });
    await text(newPhone(), secretWords);
    await settle();
    const bodies = log.filter(({ body }) => body !== undefined).map(({ msg, body }) => [msg, body]);
    expect(bodies).toEqual([
      ['webhook.accepted', secretWords],
      ['message.sent', `You said: ${secretWords}`],
    ]);
  });
});

describe.concurrent('Starting', { timeout: 60_000 }, () => {
  test('every problem of the environment is told at once, and nothing listens', async ({
    surroundings,
    run,
    expect,
  }) => {
    const { env, url } = await surroundings();
    const bad = {
      ...env,
      PUBLIC_URL: 'ftp://example.com',
      TWILIO_ACCOUNT_SID: 'AC-not-a-sid',
      TURN_TIMEOUT: 'soon',
      ROLES: 'web,cook',
      ADMIN_TOKEN: 'short',
      SECRETS_KEY: '',
      TWILIO_API_KEY: `SK${'0'.repeat(32)}`,
    };
    const { exited, output } = run(bad);
    expect((await exited).code).toBe(1);
    const { stderr, stdout } = output();
    for (const name of Object.keys(bad).filter((name) => bad[name as keyof typeof bad] !== env[name])) {
      const told = name === 'TWILIO_API_KEY' ? 'TWILIO_API_SECRET' : name;
      expect(stderr).toContain(`${told}: `);
    }
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toContain('short\n');
    expect(stdout).not.toContain('start.done');
    await expect(connects(url)).resolves.toBe(false);
  });

  test('a port that is taken and a database that is not there are each told in a sentence', async ({
    surroundings,
    run,
    expect,
  }) => {
    const { env } = await surroundings();
    const server = createServer().listen(Number(env.PORT), '127.0.0.1');
    const taken = run(env);
    const lost = run({ ...env, DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/nowhere' });
    expect([(await taken.exited).code, (await lost.exited).code]).toEqual([1, 1]);
    server.close();
    expect(taken.output().stderr).toMatch(/Port \d+ on 127\.0\.0\.1 is in use/);
    expect(lost.output().stderr).toContain('Tandem could not start');
    expect(taken.output().stderr + lost.output().stderr).not.toContain('    at ');
  });
});

describe.concurrent('Stopping', { timeout: 60_000 }, () => {
  test('with 100 messages in flight loses none and repeats none, within ten seconds', async ({
    surroundings,
    run,
    expect,
  }) => {
    const door = gate();
    const phones = Array.from({ length: 100 }, newPhone);
    const late = Array.from({ length: 20 }, newPhone);
    const slow = new Set(phones.slice(50).map((phone) => `phone:${phone}`));
    const { url, env, text, simulator, wasAsked, assistant, db } = await surroundings({
      answer: async ({ identity, body, nth }) => {
        if (nth > 1) return `Re: ${body}`;
        // Half of the answers come while it is stopping, half would never come.
        if (slow.has(identity)) await new Promise(() => {});
        await door.opened;
        return `Re: ${body}`;
      },
    });
    const first = run(env);
    await ready(url);
    await Promise.all(phones.map((from) => text(from, 'Hello')));
    await wasAsked(100);
    const toldAt = Date.now();
    first.kill('SIGTERM');
    await until('it is stopping', () => first.output().stdout.includes('stop.begun'));
    door.open();
    await Promise.all(late.map((from) => text(from, 'Late')));
    expect((await first.exited).code).toBe(0);
    expect(Date.now() - toldAt).toBeLessThan(10_000);
    const log = first.output().stdout;
    expect(log).not.toContain('"level":"error"');
    expect(log).not.toContain('stop.failed');

    run(env);
    await ready(url);
    const everybody = [...phones, ...late];
    await until('all are answered', async () => (await simulator.all()).filter(isAnswer).length >= everybody.length);
    await until('nothing is due', async () => {
      const [row] = await db.query<{ due: number }>({
        text: 'select count(*) as due from gateway.thread where due_at is not null',
        values: [],
        name: '',
      });
      return row?.due === 0;
    });
    const answers = (await simulator.all()).filter(isAnswer);
    expect(answers.map(({ to }) => to).sort()).toEqual(everybody.sort());
    expect(new Set(assistant.asked.map(({ key }) => key)).size).toBe(everybody.length);
  });

  test('a second signal ends it at once', async ({ surroundings, run, expect }) => {
    const { url, env, text, wasAsked } = await surroundings({ answer: hang });
    const gateway = run(env);
    await ready(url);
    await text(newPhone(), 'Hello');
    await wasAsked(1);
    gateway.kill('SIGTERM');
    await until('it is stopping', () => gateway.output().stdout.includes('stop.begun'));
    const askedAt = Date.now();
    gateway.kill('SIGINT');
    expect((await gateway.exited).code).toBe(1);
    expect(Date.now() - askedAt).toBeLessThan(2_000);
    expect(gateway.output().stdout).not.toContain('stop.done');
  });

  test('a signal before anything has happened ends it too', async ({ surroundings, run, expect }) => {
    const { url, env } = await surroundings();
    const gateway = run(env);
    await ready(url);
    gateway.kill('SIGINT');
    expect((await gateway.exited).code).toBe(0);
    expect(gateway.output().stdout).toContain('stop.done');
  });
});

function isAnswer({ origin }: { origin: string }): boolean {
  return origin === 'api';
}

function connects(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => resolve(false));
  });
}
