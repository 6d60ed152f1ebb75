import { describe, expect, test } from 'vitest';
import { findCaptured } from '../../src/inbox/captured.ts';
import type { LoggedMessage } from '../../src/twilio/carrier.ts';
import type { Capture, ListedMessage } from '../../src/twilio/conversations.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const phone = '+15550001111';
const number = '+15550002222';
const own = { serviceSid: 'IS1', sid: 'CH1' };
const at = (seconds: number) => new Date(START + seconds * 1_000);

function text(seconds: number, body: string, to = number): LoggedMessage {
  const sid = `SM ${seconds} ${body}`;
  return {
    sid,
    from: phone,
    to,
    body,
    direction: 'inbound',
    messagingServiceSid: null,
    numMedia: 0,
    createdAt: at(seconds),
  };
}

function said(seconds: number, body: string, author = phone): ListedMessage {
  const rest = { isParticipant: true, media: [], attributes: '{}' };
  return { ...rest, sid: `IM ${seconds}`, index: seconds, author, body, createdAt: at(seconds) };
}

type Refused = { status: number };

/** Which of the texts a Conversation took that was open for a minute, in the words that it lists. */
async function capturedOf(texts: LoggedMessage[], listed: ListedMessage[] | Refused, captures?: Capture[] | Refused) {
  const asked: string[] = [];
  const list = async <Item>(what: string, items: Item[] | Refused): Promise<Item[]> => {
    asked.push(what);
    if (!Array.isArray(items)) throw Object.assign(new Error('Refused.'), items);
    return items;
  };
  const conversations = {
    captures: () =>
      list('captures', captures ?? [{ conversation: own, proxyAddress: number, from: at(0), until: at(60) }]),
    messagesSince: () => list('messages', listed),
  };
  const parts = { conversations, services: [], logLag: 3_000, now: () => at(3_600) };
  // Twilio's log has the newest first.
  const captured = await findCaptured(parts, 'AC1', texts.toReversed());
  return { captured: texts.filter((one) => captured.has(one)), asked };
}

describe('A text that a Conversation took', () => {
  test('is known by its dates, far from where the Conversation began and ended', async () => {
    const texts = [text(-6, 'a'), text(6, 'b'), text(54, 'c'), text(66, 'd'), text(30, 'e', '+15550003333')];
    expect(await capturedOf(texts, [])).toEqual({ captured: [texts[1], texts[2]], asked: ['captures'] });
  });

  test('is known by its words, near to that', async () => {
    const texts = [text(-2, 'a'), text(1, 'b'), text(59, 'c'), text(62, 'd')];
    const { captured } = await capturedOf(texts, [said(1, 'b'), said(59, 'c'), said(59, 'a', 'robin')]);
    expect(captured).toEqual([texts[1], texts[2]]);
  });

  test('is one text: who says the same twice, once to the number, is heard there', async () => {
    const closing = [text(57, 'Hello?'), text(62, 'Hello?')];
    expect((await capturedOf(closing, [said(57, 'Hello?')])).captured).toEqual([closing[0]]);
    const sure = [text(54, 'Hello?'), text(62, 'Hello?')];
    expect((await capturedOf(sure, [said(54, 'Hello?')])).captured).toEqual([sure[0]]);
    const opening = [text(-2, 'agent'), text(3, 'agent')];
    expect((await capturedOf(opening, [said(3, 'agent')])).captured).toEqual([opening[1]]);
  });

  test('is known by its time, where its words are spelled in another way there', async () => {
    const texts = [text(1, ''), text(3, 'b')];
    expect((await capturedOf(texts, [said(1, 'A place'), said(3, 'b')])).captured).toEqual(texts);
  });

  test('is none where the account has no Conversations', async () => {
    expect((await capturedOf([text(1, 'a')], [], { status: 401 })).captured).toEqual([]);
    expect((await capturedOf([text(1, 'a')], { status: 404 })).captured).toEqual([]);
  });

  test('is not guessed at where Twilio fails', async () => {
    await expect(capturedOf([text(1, 'a')], [], { status: 500 })).rejects.toThrow('Refused.');
    await expect(capturedOf([text(1, 'a')], { status: 500 })).rejects.toThrow('Refused.');
  });

  test('is looked for in a list that shows it by now', async () => {
    const startedAt = performance.now();
    let askedAfter = 0;
    const conversations = {
      captures: async () => [{ conversation: own, proxyAddress: number, from: at(0), until: null }],
      messagesSince: async () => {
        askedAfter = performance.now() - startedAt;
        return [said(2, 'a')];
      },
    };
    // Its date is cut to the second, and the list is 3 s behind: 50 ms are left.
    const parts = { conversations, services: [], logLag: 3_000, now: () => at(5.95) };
    await findCaptured(parts, 'AC1', [text(2, 'a')]);
    expect(askedAfter).toBeGreaterThan(45);
  });
});
