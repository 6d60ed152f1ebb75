import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FormFields } from './form.ts';

export type SignedRequest = {
  method: string;
  /** The URLs under which Twilio may have reached us, most likely first (`candidateUrls`). */
  urls: string[];
  contentType: 'form' | 'json' | 'none';
  /** The fields of a form body; undefined when it could not be parsed. */
  fields: FormFields | undefined;
  rawBody: Buffer;
  signature: string | undefined;
};

/**
 * The `X-Twilio-Signature` for a URL and, for a form POST, its fields. User info and fragment of the URL take no part:
 * Twilio removes both before it signs.
 */
export function signatureOf(token: string, url: string, params?: FormFields): string {
  return hmac(token, signedUrl(url) + (params ? signedFields(params) : ''));
}

/**
 * Whether one of the tokens signed the request for one of its URLs, with all of the body covered: form fields by the
 * signature itself, any other body by the `bodySHA256` that Twilio adds to the URL. Never throws.
 */
export function isSigned(request: SignedRequest, tokens: string[]): boolean {
  if (request.signature?.length !== signatureLength) return false;
  const given = Buffer.from(request.signature);
  const fields = request.method === 'POST' && request.contentType === 'form' ? request.fields : undefined;
  const bodyNeedsHash = fields === undefined && (request.rawBody.length > 0 || request.contentType === 'json');
  const suffix = fields ? signedFields(fields) : '';
  for (const url of request.urls) {
    const bare = signedUrl(url);
    const hash = bodyHashIn(bare);
    if (hash === undefined && bodyNeedsHash) continue;
    const message = hash === undefined ? bare + suffix : bare;
    for (const token of tokens) {
      // An empty token is an unset one: anybody could sign with it.
      if (token === '' || !isEqual(given, Buffer.from(hmac(token, message)))) continue;
      return hash === undefined || isHashOf(request.rawBody, hash);
    }
  }
  return false;
}

/** base64 of the 20 bytes of a SHA-1 */
const signatureLength = 28;

function hmac(token: string, message: string): string {
  return createHmac('sha1', token).update(message, 'utf8').digest('base64');
}

function signedFields(fields: FormFields): string {
  let text = '';
  for (const name of [...fields.keys()].sort()) {
    const value = fields.get(name);
    if (typeof value === 'object') for (const one of [...new Set(value)].sort()) text += name + one;
    else text += name + value;
  }
  return text;
}

function signedUrl(url: string): string {
  const hash = url.indexOf('#');
  const bare = hash === -1 ? url : url.slice(0, hash);
  if (!bare.includes('@')) return bare;
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?]*)/i.exec(bare);
  const userInfo = authority?.[1]?.lastIndexOf('@') ?? -1;
  if (!authority || userInfo === -1) return bare;
  const start = bare.indexOf('//') + 2;
  return bare.slice(0, start) + bare.slice(start + userInfo + 1);
}

function bodyHashIn(url: string): string | undefined {
  if (!url.includes('bodySHA256')) return undefined;
  const query = url.slice(url.indexOf('?') + 1);
  return /(?:^|&)bodySHA256=([^&]*)/.exec(query)?.[1];
}

function isHashOf(body: Buffer, hex: string): boolean {
  return isEqual(Buffer.from(hex.toLowerCase()), Buffer.from(createHash('sha256').update(body).digest('hex')));
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
