import type { IncomingMessage } from 'node:http';
import { TandemError } from './errors.ts';

/** Longest time that a sender may take over its body. Twilio gives up after 15 s altogether. */
const READ_TIMEOUT = 10_000;

/** The raw bytes of a request's body; throws `bodyTooLarge` as soon as more than `limit` bytes are announced or sent. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (error: TandemError) => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      request.resume(); // let the rest run out, so that the answer can be read
      reject(error);
    };
    const tooLarge = () => fail(new TandemError('bodyTooLarge', `The limit is ${limit} bytes.`));
    const timer = setTimeout(() => fail(new TandemError('malformedBody', 'It did not arrive in time.')), READ_TIMEOUT);
    if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) return tooLarge();
      chunks.push(chunk);
    });
    request.on('end', () => {
      clearTimeout(timer);
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.on('error', () => fail(new TandemError('malformedBody', 'The connection broke off.')));
    request.on('aborted', () => fail(new TandemError('malformedBody', 'The connection broke off.')));
  });
}
