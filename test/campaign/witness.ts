import { runModule } from './process.ts';

export const account = { sid: `AC${'5'.repeat(32)}`, authToken: 'the-token-of-the-campaign' };
export const ours = '+15550001000';
export const phoneOf = (thread: number) => `+1555123${String(thread).padStart(4, '0')}`;

export type Witnessed = {
  sequence: number;
  direction: 'inbound' | 'outbound-api' | 'outbound-reply';
  from: string | null;
  to: string;
  body: string;
  createdAt: string;
};

/** The stand-in for Twilio, in a process that outlives whatever is killed beside it. */
export async function startWitness(logFile: string) {
  const program = runModule('src/simulator/main.ts', ['--account', `${account.sid}:${account.authToken}`], logFile);
  const { url } = JSON.parse(await program.firstLine) as { url: string };

  async function send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${url}/simulator${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  return {
    url,
    setNumber: (settings: { smsUrl: string; smsFallbackUrl?: string }) => send('PUT', `/numbers/${ours}`, settings),
    setFaults: (rules: unknown[]) => send('PUT', '/faults', { rules, seed: Math.floor(Math.random() * 2 ** 31) }),
    /** Resolves once the attempt to deliver its webhook has ended, well or not. True when it was delivered. */
    async text(from: string, body: string): Promise<boolean> {
      const { webhook } = (await send('POST', '/texts', { from, to: ours, body })) as {
        webhook: { errorCode: number | null };
      };
      return webhook.errorCode === null;
    },
    messages: async () => ((await send('GET', '/messages')) as { messages: Witnessed[] }).messages,
    isQuiet: async () => ((await send('GET', '/stats')) as { underWay: number }).underWay === 0,
    close: () => program.end('SIGTERM'),
  };
}

/** What Twilio may do to us at any time: refuse, break off before or after the fact, lag, and lose receipts. */
export const ordinaryFaults = [
  { on: 'create', chance: 0.02, do: { kind: 'status', status: 503 } },
  { on: 'create', chance: 0.02, do: { kind: 'status', status: 429, retryAfter: 1 } },
  { on: 'create', chance: 0.02, do: { kind: 'reset' } },
  { on: 'create', chance: 0.03, do: { kind: 'accept-then-hang' } },
  { on: 'create', chance: 0.05, do: { kind: 'accept-then-reset' } },
  { on: 'create', chance: 0.05, do: { kind: 'accept-then-status', status: 502 } },
  { on: 'list', chance: 0.1, do: { kind: 'status', status: 503 } },
  { on: 'list', chance: 0.1, do: { kind: 'reset' } },
  { on: 'list', chance: 0.7, do: { kind: 'stale', ms: 2_800 } },
  { on: 'receipt', chance: 0.7, do: { kind: 'lose' } },
  { on: 'receipt', chance: 0.2, do: { kind: 'out-of-order' } },
  { on: 'receipt', chance: 0.2, do: { kind: 'repeat', times: 2 } },
];
