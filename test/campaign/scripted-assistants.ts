import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pause } from './process.ts';

/** What a text says, for the answers to it to be found: its thread and its place there. */
export const textOf = (thread: number, place: number) => `#${thread}.${place}#`;
const MARK = /#\d+\.\d+#/g;
export const marksIn = (body: string): string[] => body.match(MARK) ?? [];

/** The second part of a long answer, and the first text that the answer is about. */
export const LAST_WORDS = 'Last words to ';

/** With it the first paragraph fills a part. */
const FILLER = 'All that can be said about it would fill a book. '.repeat(33);
const PART = 1_590;

/**
 * An assistants server that repeats what it was asked, so that its answers show what was understood, how often and in
 * which order. It answers within 200 ms, fails now and then before or after it has understood, and answers a repeated
 * idempotency key with the same words. One answer in ten needs two parts.
 */
export async function scriptedAssistants() {
  const answers = new Map<string, string>();
  const asked: { key: string; marks: string[] }[] = [];
  let down = false;

  function answerTo(key: string, body: string): string {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const marks = marksIn(body);
    asked.push({ key, marks });
    const short = `You said ${marks.join(' ')}`;
    const answer =
      asked.length % 10 === 0 ? `${`${short}. ${FILLER}`.slice(0, PART)}\n\n${LAST_WORDS}${marks[0]}` : short;
    answers.set(key, answer);
    return answer;
  }

  async function reply(request: { key: string; body: string; session: string }, response: ServerResponse) {
    const chance = Math.random();
    if (down || chance < 0.03) return void response.writeHead(500).end();
    await pause(Math.random() * 200);
    const body = answerTo(request.key, request.body);
    if (chance < 0.06) return void response.writeHead(500).end();
    if (chance < 0.08) return void response.destroy();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'Success', session_id: request.session, account_sid: '', body }));
  }

  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { body, session_id: session } = JSON.parse(text);
      void reply({ key: String(request.headers['idempotency-key']), body, session }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What it has understood, each question once, in the order in which it came. */
    asked,
    setDown(value: boolean): void {
      down = value;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
