import type { Response } from 'express';

/**
 * Has everything that is answered pass through `see`, however the route writes it: JSON as a whole, the events of a stream
 * one by one. Whatever is neither stays unanswered.
 */
export function maskResponse(response: Response, see: (body: unknown) => unknown): void {
  const write = response.write.bind(response) as (text: string) => boolean;
  const end = response.end.bind(response) as (text?: string) => Response;
  const writeHead = response.writeHead.bind(response);
  const flushHeaders = response.flushHeaders.bind(response);
  const chunks: Buffer[] = [];
  let line = '';

  const isStream = () => /^text\/event-stream/.test(String(response.getHeader('content-type') ?? ''));
  const isJson = () => /^application\/json/.test(String(response.getHeader('content-type') ?? ''));

  function take(chunk: unknown, encoding: unknown): string {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return '';
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array);
    if (!isStream()) {
      chunks.push(bytes);
      return '';
    }
    const lines = (line + bytes.toString('utf8')).split('\n');
    line = lines.pop() ?? '';
    return lines.map((each) => `${seenLine(each, see)}\n`).join('');
  }

  // Node itself calls it with the first byte. Only a stream may begin before its end is known.
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    response.status(status);
    const headers = rest.find((part) => typeof part === 'object' && part !== null) as
      | Record<string, string>
      | undefined;
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    return isStream() ? writeHead(status) : response;
  }) as typeof response.writeHead;
  response.flushHeaders = () => isStream() && flushHeaders();
  response.write = ((chunk: unknown, encoding: unknown) => {
    const text = take(chunk, encoding);
    return text === '' ? true : write(text);
  }) as typeof response.write;
  response.end = ((chunk: unknown, encoding: unknown) => {
    const rest = take(chunk, encoding);
    response.writeHead = writeHead;
    if (isStream()) return end(rest);
    response.removeHeader('etag');
    response.removeHeader('content-length');
    const text = Buffer.concat(chunks).toString('utf8');
    if (text === '') return end();
    if (!isJson()) {
      response.statusCode = 403;
      response.removeHeader('content-type');
      return end();
    }
    return end(JSON.stringify(see(JSON.parse(text))));
  }) as typeof response.end;
}

/** One line of an event stream. Only data and the names of events are passed on. */
function seenLine(line: string, see: (body: unknown) => unknown): string {
  if (/^(?:event|retry): ?\w[\w.-]*\r?$/.test(line) || /^id: ?[0-9a-f-]{1,64}\r?$/.test(line)) return line;
  const data = /^data: ?(.*)$/.exec(line)?.[1];
  if (data === undefined) return line.trim() === '' ? '' : ':';
  try {
    return `data: ${JSON.stringify(see(JSON.parse(data)))}`;
  } catch {
    return 'data: null';
  }
}
