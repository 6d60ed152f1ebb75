import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../src/assistants/providers/quote.ts';

const at = (text: string, ...words: string[]) => words.map((word) => text.indexOf(word));

describe('a quotation', () => {
  const shop = 'Opening hours\n\nMonday 9-17.\n\nSunday closed.\n\nReturns\n\nBring it back.\n\nDelivery is free.';

  it('is the section that is about the question, with its heading', () => {
    expect(quote(shop, at(shop, 'Opening'), 480)).toBe('Opening hours\n\nMonday 9-17.\n\nSunday closed.');
    expect(quote(shop, at(shop, 'back'), 480)).toBe('Returns\n\nBring it back.\n\nDelivery is free.');
  });

  it('is one paragraph of a text without headings', () => {
    const text = 'We open at nine.\n\nWe deliver for free.';
    expect(quote(text, at(text, 'deliver'), 480)).toBe('We deliver for free.');
  });

  it('is the beginning when no word stands in it', () => {
    expect(quote('Monday: 9-17\n\nSunday: closed', [], 480)).toBe('Monday: 9-17\n\nSunday: closed');
  });

  it('is made of whole sentences when paragraphs are too long, and goes on after the words', () => {
    const text = 'One is here. Two is here. Three is here. Four is here.';
    expect(quote(text, at(text, 'Three'), 30)).toBe('Three is here. Four is here.');
    expect(quote(text, at(text, 'Four'), 30)).toBe('Three is here. Four is here.');
  });

  it('is cut between words, with three dots, when a sentence is too long', () => {
    expect(quote('one two three four five six', [0], 14)).toBe('one two...');
  });

  it('is within the limit and verbatim, whatever the text', () => {
    const piece = fc.constantFrom(
      'Heading\n\n',
      '# Title\n',
      'Words here. ',
      'more words',
      '\n',
      '\n\n',
      '😀',
      ' ',
      'a',
      ': ',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 60 }).map((pieces) => pieces.join('').trim()),
        fc.array(fc.nat(400), { maxLength: 5 }),
        fc.integer({ min: 10, max: 200 }),
        (text, matches, limit) => {
          fc.pre(text !== '');
          const quotation = quote(text, matches, limit);
          expect(quotation.length).toBeLessThanOrEqual(limit);
          expect(text).toContain(quotation.replace(/\.\.\.$/, ''));
        },
      ),
      { numRuns: 500 },
    );
  });
});
