import type { IncomingMessage } from 'node:http';
import type { TwilioAccount } from '../../config/config.ts';
import { TandemError } from '../../http/errors.ts';
import { readBody } from '../../http/read-body.ts';
import { storableText } from '../../store/storable-text.ts';
import { type FormFields, firstValue, parseForm } from './form.ts';
import { isSigned, type SignedRequest } from './signature.ts';
import { candidateUrls } from './signed-url.ts';

/** A webhook of which it is certain that Twilio sent it. */
export type SignedWebhook = {
  accountSid: string;
  /** Fields of the body, or of the query where the request was a GET. */
  fields: FormFields;
  query: FormFields;
  /** Scheme, host and path prefix under which Twilio reached us. */
  publicUrl: string;
};

const LIMIT = 64 * 1024;

/** A request as it came, whoever sent it. */
export type ReadRequest = Omit<SignedRequest, 'urls' | 'fields'> & {
  rawUrl: string;
  host: string | undefined;
  /** Fields of the body, or of the query where the request was a GET. */
  fields: FormFields;
  query: FormFields;
};

/** Reads a form, JSON or a query, and no more than `limit` bytes of it. Throws a TandemError for anything else. */
export async function readRequest(request: IncomingMessage, limit = LIMIT): Promise<ReadRequest> {
  const rawUrl = request.url ?? '/';
  const method = request.method ?? 'GET';
  const rawBody = await readBody(request, limit);
  if (method !== 'POST' && method !== 'GET') throw new TandemError('methodNotAllowed', 'Use POST (or GET).');
  const contentType = method === 'POST' ? contentTypeOf(request.headers['content-type']) : 'none';

  const question = rawUrl.indexOf('?');
  const query = question === -1 ? new Map() : parseForm(rawUrl.slice(question + 1));
  if (!query) throw new TandemError('malformedBody', 'The query of the URL is not valid percent-encoding.');
  const fields =
    contentType === 'none'
      ? query
      : contentType === 'form'
        ? parseForm(rawBody.toString('utf8'))
        : parseJsonFields(rawBody);
  if (!fields)
    throw new TandemError(
      'malformedBody',
      `It is not valid ${contentType === 'form' ? 'form data in UTF-8' : 'JSON'}.`,
    );
  const signature = request.headers['x-twilio-signature'];
  return {
    rawUrl,
    host: request.headers.host,
    method,
    contentType,
    fields,
    query,
    rawBody,
    signature: typeof signature === 'string' ? signature : undefined,
  };
}

/** The URL for which one of the tokens signed the request; undefined where none did. */
export function signedUrlOf(read: ReadRequest, publicUrl: string | undefined, tokens: string[]): string | undefined {
  const urls = candidateUrls({ publicUrl, host: read.host, rawUrl: read.rawUrl });
  return urls.find((url) => isSigned({ ...read, urls: [url] }, tokens));
}

/** What the request says, as it can be stored: a signature covers it as it came. */
export function storableFields(read: ReadRequest): { fields: FormFields; query: FormFields } {
  const { contentType, rawBody, rawUrl, fields, query } = read;
  return {
    fields: contentType === 'json' || rawBody.includes('%00') || rawBody.includes(0) ? storable(fields) : fields,
    query: rawUrl.includes('%00') ? storable(query) : query,
  };
}

/**
 * Reads a webhook and proves its signature (protocol reference 1). The account that it names decides which tokens may
 * have signed it. Throws a TandemError for anything else.
 */
export async function readSignedWebhook(
  request: IncomingMessage,
  options: { accounts: Map<string, TwilioAccount>; publicUrl: string | undefined; limit?: number },
): Promise<SignedWebhook> {
  const read = await readRequest(request, options.limit);
  const accountSid = firstValue(read.fields, 'AccountSid') ?? firstValue(read.query, 'AccountSid') ?? '';
  const tokens = options.accounts.get(accountSid)?.authTokens;
  if (!tokens) throw new TandemError('badSignature', 'Its AccountSid is not an account of this server.');
  const url = signedUrlOf(read, options.publicUrl, tokens);
  if (url === undefined) throw new TandemError('badSignature');
  return {
    accountSid,
    ...storableFields(read),
    publicUrl: options.publicUrl ?? url.slice(0, url.length - read.rawUrl.length),
  };
}

function contentTypeOf(header: string | undefined): 'form' | 'json' {
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'application/json') return 'json';
  throw new TandemError('unsupportedMediaType');
}

/** The top level of a JSON body as fields; nested values stay JSON text. */
function parseJsonFields(rawBody: Buffer): FormFields | undefined {
  try {
    const parsed: unknown = JSON.parse(rawBody.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    return new Map(
      Object.entries(parsed).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
  } catch {
    return undefined; // no JSON, or nested deeper than the stack is
  }
}

/** The signature covers the fields as they came; from here on they are what can be stored, as nearly all are. */
function storable(fields: FormFields): FormFields {
  return new Map(
    Array.from(fields, ([name, value]) => [
      storableText(name),
      typeof value === 'string' ? storableText(value) : value.map(storableText),
    ]),
  );
}
