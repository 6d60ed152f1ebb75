import { until } from '../support/until.ts';
import { pause } from './process.ts';
import { marksIn, textOf } from './scripted-assistants.ts';
import type { Progress } from './traffic.ts';
import { isFirstPart, judgeParts, judgeSequence, type Verdict } from './verdict.ts';
import { type Handoff, ours, phoneOf, type startWitness, type Task, type Witnessed } from './witness.ts';

type Witness = Awaited<ReturnType<typeof startWitness>>;

/** What a phone has said, and how often it called a human. */
export type Called = {
  phone: string;
  texts: string[];
  calls: number /** What it waited for in vain. */;
  stuck?: string;
};

/** What customers read while an agent is asked for. */
export const NOTICE = 'A colleague comes.';
/** Long enough for any machine: it ends only what would never end. */
const PATIENCE = 150_000;

/**
 * Every phone goes round as long as the trouble lasts: it asks, is answered, calls a human, speaks with them and, once
 * they have gone, asks again. Resolves with the number of webhooks that failed; `calls` says what was done.
 */
export async function callHumans(
  traffic: { threads: number; textsEach: number },
  progress: Progress,
  witness: Witness,
  handlingOf: (threadKey: string) => Promise<string | undefined>,
  calls: Called[],
): Promise<number> {
  let failed = 0;

  async function round(phone: Called, thread: number): Promise<void> {
    const say = async (words?: string) => {
      const text = words ?? textOf(thread, phone.texts.length);
      if (!words) phone.texts.push(text);
      if (!(await witness.text(phone.phone, text))) failed += 1;
    };
    const areAnswered = async () => {
      const answered = (await witness.messages(phone.phone)).flatMap(({ body }) => marksIn(body));
      return phone.texts.every((text) => answered.includes(text));
    };
    const isAt = (status: Task['status']) => async () =>
      (await witness.tasks()).findLast(
        (task) => task.attributes.customerAddress === phone.phone && task.status === status,
      );
    const wait = <Result>(what: string, condition: () => Promise<Result>) =>
      until(
        `${phone.phone}: ${what}`,
        () => condition().then((result) => result || pause(250).then(() => result)),
        PATIENCE,
      );

    await say();
    await wait('it is answered', areAnswered);
    phone.calls += 1;
    await say('Agent!');
    const task = await wait('an agent is asked for', isAt('reserved'));
    for (let n = 0; n < traffic.textsEach - 3; n += 1) await say();
    await witness.agent(task, 'accept');
    await say();
    await witness.agent(task, 'messages', { body: 'An agent here.' });
    await pause(Math.random() * 2_000);
    if (Math.random() < 0.5) await witness.agent(task, 'park');
    else for (const act of ['end', 'complete'] as const) await witness.agent(task, act);
    await wait(
      'it is with the assistant',
      async () => (await handlingOf(`sms:${ours}:${phone.phone}`)) === 'assistant',
    );
    await say();
    await wait('all is answered', areAnswered);
  }

  await Promise.all(
    Array.from({ length: traffic.threads }, async (_, thread) => {
      const phone: Called = { phone: phoneOf(thread), texts: [], calls: 0 };
      calls.push(phone);
      await pause(Math.random() * 3_000);
      do {
        await round(phone, thread).catch((error: Error) => {
          phone.stuck = error.message;
        });
      } while (progress.now() < 1 && !phone.stuck);
    }),
  );
  return failed;
}

/** Judges by what the phones read and by what was seen at Flex. */
export function judgeHandoffs(calls: Called[], messages: Witnessed[], handoffs: Handoff[]): Verdict {
  const verdict: Verdict = { lost: [], doubled: [], outOfOrder: [], overHumans: [], slowest: 0 };
  for (const { phone, texts, calls: called, stuck } of calls) {
    if (stuck) verdict.lost.push(stuck);
    const received = messages.filter(({ to, body }) => to === phone && marksIn(body).length > 0);
    judgeParts(received, verdict);
    const answered = received.filter(isFirstPart).flatMap(({ body }) => marksIn(body));
    judgeSequence('answered', answered, texts, verdict);
    verdict.lost.push(...texts.filter((text) => !answered.includes(text)));

    const own = handoffs.filter(({ customer }) => customer?.address === phone);
    const notices = messages.filter(({ to, body }) => to === phone && body === NOTICE).length;
    if (own.length > called)
      verdict.doubled.push(`${phone} called ${called} times, Flex was asked ${own.length} times`);
    if (own.length < called) verdict.lost.push(`${phone} called ${called} times, Flex was asked ${own.length} times`);
    if (notices !== called) verdict[notices > called ? 'doubled' : 'lost'].push(`${phone} was told ${notices} times`);
    for (const { tasks, saidWhileAsked, interactionsOfConversation } of own) {
      if (interactionsOfConversation > 1) verdict.doubled.push(`${phone} has a Conversation with two interactions`);
      if (tasks.some(({ status }) => status === 'reserved' || status === 'assigned'))
        verdict.lost.push(`${phone} was left behind at Flex`);
      verdict.overHumans.push(
        ...saidWhileAsked.filter(({ body }) => body !== NOTICE).map(({ body }) => body.slice(0, 80)),
      );
    }
  }
  return verdict;
}
