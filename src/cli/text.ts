import { setTimeout as pause } from 'node:timers/promises';
import { Failure, UsageError } from './failure.ts';
import { paint } from './output.ts';
import { readMedia, readOptions, type TextOptions } from './text-options.ts';

/** What the simulator tells of a message; only what is printed here. */
type Seen = {
  sequence: number;
  sid: string;
  origin: 'phone' | 'api' | 'twiml' | 'carrier';
  direction: string;
  from: string | null;
  to: string;
  body: string;
  status: string;
  errorCode: number | null;
  media: { contentType: string | null; url?: string }[];
};
type Sent = { sid: string; sequence: number; webhook: { status: number | null; attempts: number } };
type Outcome = { settled: boolean; sent: Sent; answers: Seen[] };

const pollMs = 150;
const silenceMs = 2000;
const onItsWay = new Set(['accepted', 'scheduled', 'queued', 'sending', 'sent']);
const undelivered = new Set(['failed', 'undelivered']);

export { help } from './text-options.ts';

export async function run(args: string[]): Promise<number> {
  const options = readOptions(args, process.env.PORT);
  const media = await Promise.all(options.media.map(readMedia));
  const sent = await sendText(options, media);
  if (!options.json) console.log(line('→ you', options.body, media.length));
  const { status } = sent.webhook;
  if (status === null) throw new Failure(1, 'The gateway did not answer its webhook. Its log says why.');
  if (status < 200 || status > 299) {
    throw new Failure(1, `The gateway refused the text with ${status}. Its log says why.`);
  }
  const outcome = await follow(options, sent);
  if (options.json) console.log(JSON.stringify(outcome));
  if (!outcome.settled) {
    throw new Failure(
      5,
      `Nothing settled within ${options.timeoutMs / 1000} s. The gateway may still be at work: look at ${options.url}/console`,
    );
  }
  if (!options.json && outcome.answers.length === 0) console.log(paint('dim', 'The assistant stayed silent.'));
  return outcome.answers.some((message) => undelivered.has(message.status)) ? 1 : 0;
}

async function sendText(options: TextOptions, media: object[]): Promise<Sent> {
  const { from, to, body } = options;
  const response = await call(options, '/simulator/texts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from, to, body, media }),
  });
  const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
  if (response.status === 400 && isJson) {
    throw new UsageError(`The text was not accepted: ${((await response.json()) as { message: string }).message}`);
  }
  if (response.status === 413) throw new UsageError('The media are too large: 5 MB in all.');
  if (!response.ok) {
    throw new Failure(
      4,
      `What answers at ${options.url} has no simulator (${response.status}). This command needs a gateway in local mode: start it without TWILIO_AUTH_TOKEN.`,
    );
  }
  return (await response.json()) as Sent;
}

/** Prints answers as they arrive, in order, each once its fate is known. */
async function follow(options: TextOptions, sent: Sent): Promise<Outcome> {
  const started = Date.now();
  const progress = showProgress(options.json);
  let printed = sent.sequence;
  try {
    for (;;) {
      // Asked before the messages are: what settled afterwards is seen in the next round.
      const settled = await isSettled(options);
      const answers = await answersTo(options, sent);
      const inTime = Date.now() - started < options.timeoutMs;
      for (const message of answers) {
        if (message.sequence <= printed) continue;
        if (onItsWay.has(message.status) && inTime) break;
        progress.clear();
        if (!options.json) console.log(answerLine(message));
        printed = message.sequence;
      }
      const arrived = answers.every((message) => !onItsWay.has(message.status));
      if (settled && arrived) return { settled: true, sent, answers };
      if (!inTime) return { settled: false, sent, answers };
      progress.tick(Date.now() - started);
      await pause(pollMs);
    }
  } finally {
    progress.clear();
  }
}

/** The conversation so far: the carrier's replies to STOP and HELP are part of it. */
async function answersTo(options: TextOptions, sent: Sent): Promise<Seen[]> {
  const query = new URLSearchParams({ to: options.from, after: String(sent.sequence) });
  const response = await call(options, `/simulator/messages?${query}`);
  const { messages } = (await response.json()) as { messages: Seen[] };
  return messages.filter((message) => message.from === options.to || message.from === null);
}

async function isSettled(options: TextOptions): Promise<boolean> {
  const bare = (address: string) => address.slice(address.indexOf(':') + 1);
  const channel = options.to.includes(':') ? options.to.slice(0, options.to.indexOf(':')) : 'sms';
  const key = `${channel}:${bare(options.to)}:${bare(options.from)}`;
  const response = await call(options, `/console/api/threads/${encodeURIComponent(key)}`);
  // Not found: the text is accepted, but its thread is not there yet.
  if (response.status === 404) return false;
  if (!response.ok) throw new Failure(1, `The console of the gateway answered ${response.status}. Its log says why.`);
  return ((await response.json()) as { settled: boolean }).settled;
}

async function call(options: TextOptions, path: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(options.url + path, { ...init, signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new Failure(5, `The gateway at ${options.url} took a request and did not answer it.`);
    }
    throw new Failure(
      3,
      `No gateway answers at ${options.url}. Start it with npm start, or say where it is with --url.`,
    );
  }
}

function showProgress(quiet: boolean) {
  const live = process.stderr.isTTY === true;
  let shown = false;
  let told = false;
  return {
    tick(elapsedMs: number): void {
      if (quiet || elapsedMs < silenceMs || (told && !live)) return;
      const text = `… waiting for the assistant (${Math.floor(elapsedMs / 1000)} s)`;
      process.stderr.write(live ? `\r${paint('dim', text)}` : `${text}\n`);
      shown = live;
      told = true;
    },
    clear(): void {
      if (shown) process.stderr.write('\r\u001b[2K');
      shown = false;
    },
  };
}

function answerLine(message: Seen): string {
  const speaker = message.origin === 'carrier' ? '← carrier' : '← assistant';
  const ticks: Record<string, string> = { sent: '✓', delivered: '✓✓', read: '✓✓' };
  const fate = undelivered.has(message.status)
    ? paint('red', `✗ ${message.status}${message.errorCode === null ? '' : ` (${message.errorCode})`}`)
    : paint(message.status === 'read' ? 'cyan' : 'dim', `${ticks[message.status] ?? '…'} ${message.status}`);
  return `${line(speaker, message.body, message.media.length)}  ${fate}`;
}

/** Later lines of a text are set under its first. */
function line(speaker: string, body: string, media: number): string {
  const margin = 13;
  const attached = media === 0 ? '' : paint('dim', `${body === '' ? '' : ' '}[${media} attached]`);
  return paint('bold', speaker.padEnd(margin)) + body.replaceAll('\n', `\n${' '.repeat(margin)}`) + attached;
}
