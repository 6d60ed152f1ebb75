/** The charset that a page names in its first kilobyte. */
const META = /<meta[^>]+charset=["']?([\w.:-]+)/i;

/**
 * Bytes as text: by their byte order mark, the charset they are said to have, or else as UTF-8; what is no UTF-8 then was
 * written on Windows.
 */
export function decodeText(bytes: Uint8Array, charset?: string): string {
  const marked = markedCharset(bytes);
  const named = marked ?? charset ?? META.exec(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'))?.[1];
  for (const label of [named, 'utf-8']) {
    try {
      if (!label) continue;
      const decoder = new TextDecoder(label, { fatal: true });
      return decoder.encoding === 'windows-1252' ? decodeWindows(bytes) : decoder.decode(bytes);
    } catch {
      // Not in that charset, or no charset that anybody knows.
    }
  }
  return decodeWindows(bytes);
}

function markedCharset([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

/** Windows-1252 from 0x80 to 0x9f. Node up to 24 decodes it as if it were Latin 1: without quotes, dashes and the euro. */
const WINDOWS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const decodeWindows = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (mark) => WINDOWS[mark.charCodeAt(0) - 0x80] as string);
