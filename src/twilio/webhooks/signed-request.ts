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

/**
 * Reads a webhook and proves its signature (protocol reference 1). The account that it names decides which tokens may
 * have signed it. Throws a TandemError for anything else, and reads no more than `limit` bytes.
 */
export async function readSignedWebhook(
  request: IncomingMessage,
  options: { accounts: Map<string, TwilioAccount>; publicUrl: string | undefined; limit?: number },
): Promise<SignedWebhook> {
  const rawUrl = request.url ?? '/';
  const method = request.method ?? 'GET';
  const rawBody = await readBody(request, options.limit ?? LIMIT);
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

  const accountSid = firstValue(fields, 'AccountSid') ?? firstValue(query, 'AccountSid') ?? '';
  const tokens = options.accounts.get(accountSid)?.authTokens;
  if (!tokens) throw new TandemError('badSignature', 'Its AccountSid is not an account of this server.');
  const signature = request.headers['x-twilio-signature'];
  const urls = candidateUrls({ publicUrl: options.publicUrl, host: request.headers.host, rawUrl });
  const signed: Omit<SignedRequest, 'urls'> = {
    method,
    contentType,
    fields,
    rawBody,
    signature: typeof signature === 'string' ? signature : undefined,
  };
  const url = urls.find((candidate) => isSigned({ ...signed, urls: [candidate] }, tokens));
  if (url === undefined) throw new TandemError('badSignature');
  return {
    accountSid,
    fields: contentType === 'json' || rawBody.includes('%00') || rawBody.includes(0) ? storable(fields) : fields,
    query: rawUrl.includes('%00') ? storable(query) : query,
    publicUrl: options.publicUrl ?? url.slice(0, url.length - rawUrl.length),
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
