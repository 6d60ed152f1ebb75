import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, request } from 'undici';
import { deadline } from '../deadline.ts';

export type Answer = { statusCode: number; headers: IncomingHttpHeaders; text: string };

/**
 * Makes an HTTP call and reads its whole answer, within `timeoutMs` altogether and up to `limit` bytes. Throws what
 * undici throws: an error with a `code`, or a TimeoutError.
 */
export async function call(
  url: string,
  options: {
    method: 'GET' | 'POST' | 'PUT' | 'DELETE';
    headers: Record<string, string>;
    body: string | null;
    dispatcher: Dispatcher;
    timeoutMs: number;
    signal?: AbortSignal;
    limit: number;
  },
): Promise<Answer> {
  const { method, headers, body, dispatcher } = options;
  const time = deadline(options.timeoutMs, options.signal);
  try {
    const answer = await request(url, { method, headers, body, dispatcher, signal: time.signal });
    return { statusCode: answer.statusCode, headers: answer.headers, text: await readText(answer.body, options.limit) };
  } finally {
    time.done();
  }
}

function readText(body: Dispatcher.ResponseData['body'], limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > limit) body.destroy(new Error(`The answer is larger than ${limit} bytes.`));
    });
    body.on('end', () =>
      resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')),
    );
    body.on('error', reject);
  });
}
