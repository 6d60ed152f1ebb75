import { createHash } from 'node:crypto';
import fc from 'fast-check';
import twilio from 'twilio';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, test } from 'vitest';
import { type FormFields, parseForm } from '../../src/twilio/webhooks/form.ts';
import { isSigned, type SignedRequest, signatureOf } from '../../src/twilio/webhooks/signature.ts';

const token = '12345';
const { getExpectedTwilioSignature } = webhooks;

function formOf(pairs: [string, string][]): FormFields {
  return parseForm(new URLSearchParams(pairs).toString()) as FormFields;
}

function formPost(url: string, pairs: [string, string][], signature: string | undefined): SignedRequest {
  const rawBody = Buffer.from(new URLSearchParams(pairs).toString());
  return { method: 'POST', urls: [url], contentType: 'form', fields: formOf(pairs), rawBody, signature };
}

function jsonPost(url: string, body: string | Buffer, signature: string): SignedRequest {
  const rawBody = Buffer.from(body);
  return { method: 'POST', urls: [url], contentType: 'json', fields: undefined, rawBody, signature };
}

function get(url: string, signature: string): SignedRequest {
  const rawBody = Buffer.alloc(0);
  return { method: 'GET', urls: [url], contentType: 'none', fields: undefined, rawBody, signature };
}

const sha256 = (body: string | Buffer) => createHash('sha256').update(body).digest('hex');

describe('the published vectors', () => {
  const call: [string, string][] = [
    ['CallSid', 'CA1234567890ABCDE'],
    ['Caller', '+14158675310'],
    ['Digits', '1234'],
    ['From', '+14158675310'],
    ['To', '+18005551212'],
  ];
  const hook = 'https://example.com/hook';
  const media: [string, string][] = [
    ['MediaUrl', 'b'],
    ['MediaUrl', 'a'],
    ['MediaUrl', 'b'],
    ['To', ''],
  ];
  const vectors: [string, string, [string, string][], string][] = [
    ['a call', 'https://example.com/myapp.php?foo=1&bar=2', call, 'L/OH5YylLD5NRKLltdqwSvS0BnU='],
    ['no fields', hook, [], 'JuPavG0Zweu3T+LUwMO9lxmVvgY='],
    ['repeated and empty values', hook, media, '4nw6NnB7akbk2FRAlFeGoT51HBU='],
    [
      'upper case before lower',
      hook,
      [
        ['a', '1'],
        ['B', '2'],
      ],
      'okDIc0MsJQ5W4z8o/qAyQwZxb2k=',
    ],
    ['unicode', hook, [['Body', 'Olá ☀']], 'ciF+0B+ud5iZtmbj7DAIrY/2VJw='],
  ];

  test.each(vectors)('POST: %s', (_, url, pairs, signature) => {
    expect(signatureOf(token, url, formOf(pairs))).toBe(signature);
    expect(isSigned(formPost(url, pairs, signature), [token])).toBe(true);
  });

  test('GET signs the URL alone', () => {
    expect(isSigned(get(`${hook}?x=1`, '6ww2fX0+fIJ+RoSMqrY858wGUu8='), [token])).toBe(true);
  });

  test('JSON is covered by its hash in the URL', () => {
    const body = '{"property":"value","boolean":true}';
    const url = `https://example.com/myapp.php?foo=1&bar=2&bodySHA256=${sha256(body)}`;
    expect(isSigned(jsonPost(url, body, 'eehDF0c7hc5z0cjh2kp9m53wRsc='), [token])).toBe(true);
    expect(isSigned(jsonPost(url, `${body} `, 'eehDF0c7hc5z0cjh2kp9m53wRsc='), [token])).toBe(false);
  });
});

describe('agreement with the official library', () => {
  const pairs = fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('Body', 'From', 'MediaUrl0', '__proto__', 'a', 'B'), fc.string({ unit: 'binary' })),
      fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', ' x ', '+', 'é', '👩‍👧', '%41')),
    ),
    { maxLength: 20 },
  );
  const url = fc
    .tuple(
      fc.constantFrom('http', 'https'),
      fc.domain(),
      fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
      fc.webPath(),
      fc.option(fc.webQueryParameters(), { nil: undefined }),
    )
    .map(
      ([scheme, host, port, path, query]) =>
        `${scheme}://${host}${port ? `:${port}` : ''}${path || '/'}${query === undefined ? '' : `?${query}`}`,
    );

  /** A changed port is a URL candidate of its own to the library; here a URL is compared as it stands. */
  const hasPort = (url: string) => /^https?:\/\/[^/]*:/.test(url);

  /** Express's view of a form, with names that a plain object cannot hold kept as own properties. */
  function objectOf(fields: FormFields): Record<string, string | string[]> {
    const object: Record<string, string | string[]> = Object.create(null);
    for (const [name, value] of fields) object[name] = value;
    return object;
  }

  test('any form and URL gets the same signature, and each side accepts the other', () => {
    fc.assert(
      fc.property(pairs, url, fc.string({ minLength: 1 }), (pairs, url, key) => {
        const fields = formOf(pairs);
        const signature = signatureOf(key, url, fields);
        expect(signature).toBe(getExpectedTwilioSignature(key, url, objectOf(fields)));
        expect(isSigned(formPost(url, pairs, signature), [key])).toBe(true);
        if (!hasPort(url)) expect(twilio.validateRequest(key, signature, url, objectOf(fields))).toBe(true);
      }),
    );
  });

  test('any JSON body is accepted by both, and any other body by neither', () => {
    fc.assert(
      fc.property(fc.json(), url, fc.string(), (body, base, other) => {
        const signed = `${base}${base.includes('?') ? '&' : '?'}bodySHA256=${sha256(body)}`;
        const signature = getExpectedTwilioSignature(token, signed, {});
        expect(isSigned(jsonPost(signed, body, signature), [token])).toBe(true);
        expect(isSigned(jsonPost(signed, other, signature), [token])).toBe(other === body);
        if (!hasPort(base)) {
          expect(twilio.validateRequestWithBody(token, signature, signed, body)).toBe(true);
          expect(twilio.validateRequestWithBody(token, signature, signed, other)).toBe(other === body);
        }
      }),
    );
  });
});

describe('what does not count', () => {
  const url = 'https://example.com/hook';
  const body: [string, string][] = [['Body', 'Hi']];
  const signature = signatureOf(token, url, formOf(body));

  test.each<[string, SignedRequest]>([
    ['no signature', formPost(url, body, undefined)],
    ['an empty signature', formPost(url, body, '')],
    ['a signature with one character more', formPost(url, body, `${signature}=`)],
    ['a signature of the right length outside ASCII', formPost(url, body, 'é'.repeat(28))],
    ['the same in another case', formPost(url, body, signature.toLowerCase())],
    ['one more field', formPost(url, [...body, ['x', 'y']], signature)],
    ['trimmed white space', formPost(url, [['Body', 'Hi ']], signature)],
    ['another path', formPost(`${url}/`, body, signature)],
    ['fields that could not be parsed', { ...formPost(url, body, signatureOf(token, url)), fields: undefined }],
    ['no URL at all', { ...formPost(url, body, signature), urls: [] }],
    ['JSON without a hash', jsonPost(url, '{"a":1}', signatureOf(token, url))],
    ['empty JSON without a hash', jsonPost(url, '', signatureOf(token, url))],
    ['JSON with an empty hash', jsonPost(`${url}?bodySHA256=`, '{}', signatureOf(token, `${url}?bodySHA256=`))],
    ['a GET with a body', { ...get(url, signatureOf(token, url)), rawBody: Buffer.from('Body=evil') }],
    [
      'a body of no known type without a hash',
      { ...jsonPost(url, 'x', signatureOf(token, url)), contentType: 'none' as const },
    ],
  ])('%s', (_, request) => {
    expect(isSigned(request, [token])).toBe(false);
  });

  test('a JSON request replayed as a form', () => {
    const signed = `${url}?bodySHA256=${sha256('{}')}`;
    expect(isSigned(formPost(signed, [], signatureOf(token, signed)), [token])).toBe(false);
  });

  test('an unset token, though it would sign', () => {
    expect(isSigned(formPost(url, body, signatureOf('', url, formOf(body))), ['', token])).toBe(false);
    expect(isSigned(formPost(url, body, signature), [])).toBe(false);
  });
});

test('every token is tried with every URL', () => {
  const urls = ['https://a.example/x', 'https://a.example:443/x'];
  for (const key of ['old', 'new']) {
    for (const url of urls) {
      const request = { ...formPost(url, [['a', 'b']], signatureOf(key, url, formOf([['a', 'b']]))), urls };
      expect(isSigned(request, ['new', 'old'])).toBe(true);
      expect(isSigned(request, ['other'])).toBe(false);
    }
  }
});

test.each(['form', 'none'] as const)(
  'a GET of type %s ignores fields that were parsed out of its query',
  (contentType) => {
    const url = 'https://example.com/hook?x=1';
    const request = { ...get(url, signatureOf(token, url)), contentType, fields: formOf([['x', '1']]) };
    expect(isSigned(request, [token])).toBe(true);
  },
);

test('a form whose hash is in the URL is covered by that, as in the library', () => {
  const body: [string, string][] = [['Body', 'Hi']];
  const url = `https://example.com/hook?bodySHA256=${sha256('Body=Hi')}`;
  expect(isSigned(formPost(url, body, signatureOf(token, url)), [token])).toBe(true);
  expect(isSigned(formPost(url, body, signatureOf(token, url, formOf(body))), [token])).toBe(false);
});

test('the hash may be written in upper case', () => {
  const url = `https://example.com/hook?bodySHA256=${sha256('{"a":1}').toUpperCase()}&x=1`;
  expect(isSigned(jsonPost(url, '{"a":1}', signatureOf(token, url)), [token])).toBe(true);
});

test.each([
  ['https://user:p@ss@example.com/hook?a=b@c#rc=2', 'https://example.com/hook?a=b@c'],
  ['https://example.com#ct=1', 'https://example.com'],
  ['https://example.com/@me', 'https://example.com/@me'],
  ['https://example.com?to=a@b', 'https://example.com?to=a@b'],
])('%s is signed as %s', (given, signed) => {
  expect(signatureOf(token, given)).toBe(getExpectedTwilioSignature(token, signed, {}));
});

test('no input makes it throw', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(
      fc.record({
        method: text,
        urls: fc.array(fc.oneof(text, fc.constantFrom('?bodySHA256=x', '://@', 'https://', '\ud800'))),
        contentType: fc.constantFrom('form', 'json', 'none'),
        fields: fc.constantFrom(undefined, new Map([['\udfff', ['\ud800', '']]]) as FormFields),
        rawBody: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        signature: fc.oneof(text, fc.string({ minLength: 28, maxLength: 28 }), fc.constant(undefined)),
      }),
      fc.array(text),
      (request, tokens) => {
        expect(isSigned(request as SignedRequest, tokens)).toBe(false);
      },
    ),
  );
});

test('a hostile URL costs no more than its length', () => {
  const url = `https://example.com/${'?'.repeat(200_000)}bodySHA256`;
  const started = performance.now();
  isSigned(jsonPost(url, '{}', 'x'.repeat(28)), [token]);
  isSigned(jsonPost(`https://${'&'.repeat(200_000)}@bodySHA256`, '{}', 'x'.repeat(28)), [token]);
  expect(performance.now() - started).toBeLessThan(1_000);
});
