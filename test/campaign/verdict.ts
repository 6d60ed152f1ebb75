import { LAST_WORDS, marksIn, textOf } from './scripted-assistants.ts';
import { phoneOf, type Witnessed } from './witness.ts';

export type Verdict = {
  /** Texts that no answer is about. */
  lost: string[];
  /** Messages sent twice, texts answered twice, and texts put to the assistant as two questions. */
  doubled: string[];
  /** Answers, parts of answers and questions that came before their time. */
  outOfOrder: string[];
  /** What the assistant said while a human was asked for or had the thread. */
  overHumans: string[];
  /** From a text to its answer, in milliseconds. */
  slowest: number;
};

export function isClean({ lost, doubled, outOfOrder, overHumans }: Verdict): boolean {
  return lost.length + doubled.length + outOfOrder.length + overHumans.length === 0;
}

/** Judges by what the phones saw and the assistant heard. All is well when the three lists are empty. */
export function judge(
  traffic: { threads: number; textsEach: number },
  messages: Witnessed[],
  asked: { marks: string[] }[],
): Verdict {
  const verdict: Verdict = { lost: [], doubled: [], outOfOrder: [], overHumans: [], slowest: 0 };
  const heard = asked.flatMap(({ marks }) => marks);
  for (let thread = 0; thread < traffic.threads; thread += 1) {
    const phone = phoneOf(thread);
    const sentAt = new Map(
      messages.filter((message) => message.from === phone).map((message) => [message.body, message.createdAt]),
    );
    const received = messages.filter((message) => message.to === phone);
    const texts = Array.from({ length: traffic.textsEach }, (_, place) => textOf(thread, place));
    judgeParts(received, verdict);
    const answered = received.filter(isFirstPart).flatMap((message) => marksIn(message.body));
    judgeSequence('answered', answered, texts, verdict);
    judgeSequence(
      'asked',
      heard.filter((mark) => mark.startsWith(`#${thread}.`)),
      texts,
      verdict,
    );
    verdict.lost.push(...texts.filter((text) => !answered.includes(text)));
    for (const message of received) {
      for (const mark of marksIn(message.body)) {
        const waited = Date.parse(message.createdAt) - Date.parse(sentAt.get(mark) ?? message.createdAt);
        verdict.slowest = Math.max(verdict.slowest, waited);
      }
    }
  }
  return verdict;
}

export function isFirstPart(message: Witnessed): boolean {
  return !message.body.startsWith(LAST_WORDS);
}

/** Every message once, and the second part of an answer right behind its first. */
export function judgeParts(received: Witnessed[], verdict: Verdict): void {
  const seen = new Set<string>();
  for (const [index, { body }] of received.entries()) {
    const name = body.slice(0, 60);
    if (seen.has(body)) verdict.doubled.push(`sent twice: ${name}`);
    seen.add(body);
    if (!body.startsWith(LAST_WORDS)) continue;
    const first = received[index - 1]?.body ?? '';
    if (marksIn(first)[0] !== marksIn(body)[0]) verdict.outOfOrder.push(`a second part without its first: ${name}`);
  }
}

export function judgeSequence(what: string, marks: string[], texts: string[], verdict: Verdict): void {
  let latest = -1;
  const seen = new Set<string>();
  for (const mark of marks) {
    const place = texts.indexOf(mark);
    if (seen.has(mark)) verdict.doubled.push(`${what} twice: ${mark}`);
    else if (place < latest) verdict.outOfOrder.push(`${what} after ${texts[latest]}: ${mark}`);
    seen.add(mark);
    latest = Math.max(latest, place);
  }
}
