import { describe, expect, test } from 'vitest';
import { answerParts } from '../../src/outbox/answer-parts.ts';

const sms = { channel: 'sms', ours: '+15550001000', theirs: '+14155550100' } as const;
const whatsapp = { channel: 'whatsapp', ours: 'whatsapp:+15550001000', theirs: 'whatsapp:+4915112345' } as const;
const chat = { channel: 'conversation', ours: 'IS1', theirs: 'visitor' } as const;
const bike = 'https://shop.example/bike.jpg';
const manual = 'https://shop.example/manual.pdf?v=2';

describe('Pictures and links to files in an answer', () => {
  test.each([
    ['a picture', `Look:\n\n![A bike](${bike})`, [{ body: 'Look:', media: [bike] }]],
    ['a picture without words', `![A bike](${bike})`, [{ body: '', media: [bike] }]],
    ['a link to a file', `Read [the manual](${manual}).`, [{ body: 'Read the manual.', media: [manual] }]],
    ['several', `![](${bike}) and [it](${manual})`, [{ body: 'and it', media: [bike, manual] }]],
  ])('are files of an MMS in North America: %s', (_, markdown, parts) => {
    expect(answerParts(markdown, sms)).toEqual(parts);
  });

  test.each([
    ['a link to a page', '[Our shop](https://shop.example/bikes)'],
    ['a picture that is shown as code', `\`![A bike](${bike})\``],
    ['a picture in a block of code', `\`\`\`\n![A bike](${bike})\n\`\`\``],
    ['a picture without https', '![A bike](http://shop.example/bike.jpg)'],
    ['no picture', 'Just words!'],
  ])('are only those: %s', (_, markdown) => {
    expect(answerParts(markdown, sms).some((part) => part.media)).toBe(false);
  });

  test.each([
    ['of another country', { ...sms, theirs: '+447700900000' }],
    ['of the Caribbean, in spite of its +1', { ...sms, theirs: '+18765550100' }],
    ['that is a short code of ours', { ...sms, ours: '12345' }],
    ['of RCS', { channel: 'rcs', ours: 'rcs:shop', theirs: 'rcs:+14155550100' } as const],
  ])('stay text for a number %s', (_, ends) => {
    expect(answerParts(`![A bike](${bike})`, ends)).toEqual([{ body: `A bike ${bike}` }]);
  });

  test('on WhatsApp a picture has its words under it, and everything else a message of its own', () => {
    expect(answerParts(`Look: ![A bike](${bike})`, whatsapp)).toEqual([{ body: 'Look:', media: [bike] }]);
    expect(answerParts(`Read [the manual](${manual})`, whatsapp)).toEqual([
      { body: 'Read the manual' },
      { body: '', media: [manual] },
    ]);
    expect(answerParts(`![](${bike})\n![](${bike})`, whatsapp)).toEqual([
      { body: '', media: [bike] },
      { body: '', media: [bike] },
    ]);
  });

  test('a chat gets Markdown as it was written', () => {
    const markdown = `**Look**: ![A bike](${bike})`;
    expect(answerParts(markdown, chat)).toEqual([{ body: markdown }]);
  });

  test('no more than ten are taken, and nothing takes long, whatever a model writes', () => {
    const many = Array.from({ length: 12 }, (_, n) => `![](https://shop.example/${n}.png)`).join(' ');
    const [part] = answerParts(many, sms);
    expect(part?.media).toHaveLength(10);
    expect(part?.body).toContain('https://shop.example/11.png');
    const startedAt = performance.now();
    for (const awkward of ['![', '[](', '`', '![](https://', '[[[[']) answerParts(awkward.repeat(20_000), sms);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
