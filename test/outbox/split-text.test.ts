import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitText } from '../../src/outbox/split-text.ts';

const limit = 20;

test.each([
  ['a paragraph end first', 'One. Two.\n\nThree four five', ['One. Two.', 'Three four five']],
  ['a paragraph end with spaces in it', 'One two\n \t\nThree. Four. Five.', ['One two', 'Three. Four. Five.']],
  ['then a sentence end', 'One two. Three four five six', ['One two.', 'Three four five six']],
  ['the last one that fits', 'One. Two! Three? Four five six', ['One. Two! Three?', 'Four five six']],
  ['a quoted sentence', 'She said "go." And then he went', ['She said "go."', 'And then he went']],
  ['a line end like a sentence end', '- one two\n- three four five', ['- one two', '- three four five']],
  ['no sentence end in the number of an item', 'Buy these:\n1. Milk and eggs', ['Buy these:', '1. Milk and eggs']],
  ['then a word end', 'one two three four five six', ['one two three four', 'five six']],
  ['a word that fits exactly', 'abcdefghijklmnopqrst uvw', ['abcdefghijklmnopqrst', 'uvw']],
  ['a word that is too long', 'abcdefghijklmnopqrstuvw x', ['abcdefghijklmnopqrst', 'uvw x']],
  ['Windows line ends', 'One two three\r\n\r\nFour five six', ['One two three', 'Four five six']],
  [
    'Japanese',
    'これは最初の文です。これは二番目の文でございます。',
    ['これは最初の文です。', 'これは二番目の文でございます。'],
  ],
])('cuts at %s', (_, text, parts) => {
  expect(splitText(text, limit)).toEqual(parts);
});

describe('short text', () => {
  test.each([
    ['', []],
    [' \n\t\n ', []],
    [' Hi there \n', ['Hi there']],
    ['a\n\nb', ['a\n\nb']],
  ])('%j becomes %j', (text, parts) => {
    expect(splitText(text)).toEqual(parts);
  });

  test('of exactly the limit is one part', () => {
    expect(splitText('x'.repeat(1600))).toHaveLength(1);
    expect(splitText('x'.repeat(1601))).toHaveLength(2);
  });
});

test('a family stays together where it fits, and only then', () => {
  const family = '👩‍👩‍👧‍👦';
  expect(splitText(`${'x'.repeat(15)}${family}y`, limit)).toEqual(['x'.repeat(15), `${family}y`]);
  expect(splitText(`x${'\u0301'.repeat(25)}`, limit)).toEqual([`x${'\u0301'.repeat(19)}`, '\u0301'.repeat(6)]);
});

test('a limit that cannot hold every character is refused', () => {
  expect(() => splitText('abc', 1)).toThrow(RangeError);
});

describe('for any text and limit', () => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.stringMatching(/^[a-z]{1,12}$/) },
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('. ', '! ', '\n', '\n\n', '\r\n', ' ', '   ', '\u00a0', '。', '1. ', '👩‍👧', '\ud83d\ude00'),
  );
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  const limits = fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constant(1600));

  test('parts fit, are not blank, split no character, and lose nothing but white space', () => {
    fc.assert(
      fc.property(text, limits, (text, limit) => {
        const parts = splitText(text, limit);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(part).toBe(part.trim());
          expect(part).not.toBe('');
        }
        expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
        for (let at = 1; at < parts.length; at++) {
          expect(`${parts[at - 1]?.at(-1)}${parts[at]?.charAt(0)}`).not.toMatch(/^[\ud800-\udbff][\udc00-\udfff]$/);
        }
        if (text.trim().length <= limit) expect(parts).toEqual(text.trim() === '' ? [] : [text.trim()]);
      }),
      { numRuns: 300 },
    );
  });

  test('a word is cut only when it fits into no part', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(words, (words) => {
        expect(splitText(words.join(' '), limit).join(' ')).toBe(words.join(' '));
      }),
    );
  });
});

test.each([
  ['one endless word', 'x'.repeat(300_000)],
  ['nothing but combining marks', `x${'\u0301'.repeat(100_000)}`],
  ['endless white space', `a${' '.repeat(300_000)}b`.repeat(3)],
  ['paragraphs of one letter', 'a\n\n'.repeat(100_000)],
  ['a paragraph, then an endless word', `a\n\n${'b'.repeat(1600)}`.repeat(100)],
])('%s is cut quickly', (_, text) => {
  const started = performance.now();
  splitText(text);
  expect(performance.now() - started).toBeLessThan(2_000);
});
