import type { IncomingMessage } from 'node:http';
import { TandemError } from './errors.ts';

/** A sender who is still sending does not read our answer, so this many times the limit is let run out first. */
const RUN_OUT = 4;

/**
 * The raw bytes of a request's body; throws `bodyTooLarge` when there are more than `limit`, and keeps none of them.
 * The server's own time limit ends a request that does not arrive.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (error: TandemError) => {
      request.removeAllListeners('data');
      request.resume(); // let the rest run out, so that the answer can be read
      reject(error);
    };
    const tooLarge = () => fail(new TandemError('bodyTooLarge', `The limit is ${limit} bytes.`));
    if (Number(request.headers['content-length'] ?? 0) > limit * RUN_OUT) return tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit * RUN_OUT) return tooLarge();
      if (size <= limit) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size > limit) return tooLarge();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.on('error', () => fail(new TandemError('malformedBody', 'The connection broke off.')));
    request.on('aborted', () => fail(new TandemError('malformedBody', 'The connection broke off.')));
  });
}
