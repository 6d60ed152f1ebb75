import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstValue, parseForm } from '../../src/twilio/webhooks/form.ts';

test.each<[string, [string, string | string[]][]]>([
  ['', []],
  [
    'Body=Hi+there%21&To=',
    [
      ['Body', 'Hi there!'],
      ['To', ''],
    ],
  ],
  ['Body=%20+x+%20', [['Body', '  x  ']]],
  ['Body=1%2B1%3D2', [['Body', '1+1=2']]],
  ['a=b=c', [['a', 'b=c']]],
  ['flag', [['flag', '']]],
  ['=v', [['', 'v']]],
  [
    '&&a=1&&b=2&',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  [
    'M=b&x=1&M=a&M=b',
    [
      ['M', ['b', 'a', 'b']],
      ['x', '1'],
    ],
  ],
  [
    '2=x&1=y',
    [
      ['2', 'x'],
      ['1', 'y'],
    ],
  ],
  [
    '__proto__=x&constructor=y&__proto__=z',
    [
      ['__proto__', ['x', 'z']],
      ['constructor', 'y'],
    ],
  ],
  ['na%6De=Ol%C3%A1+%E2%98%80', [['name', 'Olá ☀']]],
  ['Body=Olá', [['Body', 'Olá']]],
])('%s', (body, fields) => {
  expect([...(parseForm(body) ?? [])]).toEqual(fields);
});

test.each([
  ['a lone percent sign', 'Body=100%'],
  ['half an escape', 'Body=%4'],
  ['no hex', 'Body=%zz'],
  ['half a character', 'Body=%C3'],
  ['an overlong form', 'Body=%C0%AF'],
  ['a surrogate', 'Body=%ED%A0%80'],
  ['a malformed name', '%FF=1'],
  ['bytes that were no UTF-8', Buffer.from([0x61, 0x3d, 0xff]).toString('utf8')],
])('%s is refused', (_, body) => {
  expect(parseForm(body)).toBeUndefined();
});

test('a thousand fields are read and one more is refused, repeated or not', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, at) => `f${at}=x`).join('&');
  expect(parseForm(fields(1_000))?.size).toBe(1_000);
  expect(parseForm(fields(1_001))).toBeUndefined();
  expect(parseForm('a=1&'.repeat(1_001))).toBeUndefined();
});

test('whatever a browser or Twilio encodes comes back as it was', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
      const body = new URLSearchParams(pairs).toString();
      const expected = new URLSearchParams(body);
      const fields = parseForm(body);
      expect([...(fields?.keys() ?? [])]).toEqual([...new Set(expected.keys())]);
      for (const name of expected.keys()) expect([fields?.get(name)].flat()).toEqual(expected.getAll(name));
    }),
  );
});

describe('firstValue', () => {
  const fields = parseForm('a=1&b=2&b=3&c=') ?? new Map();
  test.each([
    ['a', '1'],
    ['b', '2'],
    ['c', ''],
    ['d', undefined],
  ])('of %s is %s', (name, value) => {
    expect(firstValue(fields, name)).toBe(value);
  });
});
