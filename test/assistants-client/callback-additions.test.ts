import { describe } from 'vitest';
import type { Question } from '../support/fake-assistant.ts';
import { test } from '../support/gateway.ts';
import { newPhone } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

const byCallback = {
  answer: () => ({ status: 202, body: {} }),
  env: { ASSISTANTS_REPLY: 'webhook', APOLOGY_TEXT: ' ' },
};

describe('An answer by callback', () => {
  test('may ask for a human: the assistant falls silent, and the colleague learns why', async ({ gateway, expect }) => {
    const { text, wasAsked, assistant, reply, settle, thread } = await gateway(byCallback);
    const from = newPhone();
    await text(from, 'The bell broke again!');
    await wasAsked(1);
    const more = { HandoffReason: 'Wants a refund', HandoffSummary: 'The bell broke twice.' };
    await reply(assistant.asked[0] as Question, 'A colleague will write to you.', more);
    await until('a human is asked for', async () => (await thread(from)).handling === 'requested');
    await settle();
    expect((await thread(from)).messages.filter(({ purpose }) => purpose === 'answer')).toEqual([]);
  });

  test('that failed for good is not asked for again', async ({ gateway, expect }) => {
    const { text, wasAsked, assistant, reply, failures } = await gateway(byCallback);
    await text(newPhone(), 'Hello');
    await wasAsked(1);
    const more = { Status: 'Failed', Error: 'The assistant has used its tokens of today.', Retryable: 'false' };
    await reply(assistant.asked[0] as Question, '', more);
    const { turns } = await until('it failed', async () => {
      const seen = await failures();
      return seen.turns.length > 0 ? seen : undefined;
    });
    expect(turns).toMatchObject([{ error: 'The assistant has used its tokens of today.', attempts: 1 }]);
  });
});
