import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunk } from '../../src/assistants/knowledge/chunk.ts';

const sentence = (words: number) => `${'word '.repeat(words)}end.`;

describe('a text is cut into chunks', () => {
  it('keeps a short text whole', () => {
    expect(chunk('Opening hours\n\nWe open at nine.\n\nWe close at six.')).toEqual([
      'Opening hours\n\nWe open at nine.\n\nWe close at six.',
    ]);
  });

  it('groups paragraphs while they fit', () => {
    const [a, b, c] = [sentence(60), sentence(60), sentence(60)];
    expect(chunk(`${a}\n\n${b}\n\n${c}`)).toEqual([`${a}\n\n${b}`, c]);
  });

  it.each(['# Returns', 'Returns:', 'Returns and refunds'])('keeps the heading "%s" with what follows', (heading) => {
    const [before, after] = [sentence(155), sentence(20)];
    expect(chunk(`${before}\n\n${heading}\n\n${after}`)).toEqual([before, `${heading}\n\n${after}`]);
  });

  it('cuts a long paragraph between sentences, and a long sentence between words', () => {
    const sentences = Array.from({ length: 10 }, (_, index) => `Number ${index} ${sentence(30)}`);
    for (const part of chunk(sentences.join(' '))) expect(part).toMatch(/^Number .* end\.$/);
    for (const part of chunk('lengthy '.repeat(400).trim())) expect(part).toMatch(/^lengthy( lengthy)*$/);
  });

  it('takes Windows line ends for what they are', () => {
    expect(chunk('One.\r\n\r\nTwo.')).toEqual(['One.\n\nTwo.']);
  });

  it.each(['Word here. ', 'a\n', '# h\n', 'x', '"', '. ', `a.${' '.repeat(900)}`])(
    'takes a megabyte of %j without ado',
    (part) => {
      const startedAt = performance.now();
      chunk(part.repeat(1_000_000 / part.length));
      expect(performance.now() - startedAt).toBeLessThan(8_000);
    },
  );

  it('is within the limit and loses, adds and reorders nothing but white space, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\n\n', '. ', ': ', '# Title\n', 'Heading\n\n', ' ', '\t', '😀', 'a.b', '\r\n'),
      fc.lorem({ maxCount: 30 }),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 900 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const chunks = chunk(text);
        for (const part of chunks) {
          expect(part.length).toBeLessThanOrEqual(800);
          expect(part.trim()).toBe(part);
          expect(part).not.toBe('');
        }
        expect(chunks.join('').replace(/\s+/g, '')).toBe(text.replace(/\s+/g, ''));
        expect(chunks.some((part) => /\p{Surrogate}/u.test(part))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
