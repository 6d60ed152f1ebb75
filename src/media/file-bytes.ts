import type { Dispatcher } from 'undici';

/** What one message of Twilio's may carry. */
export const LARGEST_FILE = 16 * 1024 * 1024;

/** Pictures, sounds, films and documents; nothing that runs, and nothing that nobody knows. */
const SHOWN = /^(?:image\/(?!svg)|audio\/|video\/|application\/pdf$|text\/(?:plain|csv|vcard|x-vcard)$)/;

export function isShown(contentType: string): boolean {
  return SHOWN.test(bareType(contentType));
}

/** A content type without its parameters. */
export function bareType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

export async function bytesOf(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop breaks the transfer off.
    if (size > LARGEST_FILE) throw new Error(`It is larger than ${LARGEST_FILE} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
