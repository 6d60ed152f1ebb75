import { describe } from 'vitest';
import { test } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { channels, deaf, flexEnv, openLine } from './lines.ts';

const HANDOFF_TEXT = 'One moment, a colleague comes.';
const NOBODY_TEXT = 'Nobody is free.';
const texts = { HANDOFF_TEXT, NOBODY_TEXT };

describe.concurrent('A handoff', () => {
  test('that was never created, which we do not know, is created once it is certain', async ({ gateway, expect }) => {
    const tandem = await gateway({ env: { ...flexEnv, ...texts, SEND_TIMEOUT: '1s' } });
    const creating = { on: 'call', method: 'POST', resource: 'Interactions', times: 1 };
    await tandem.simulator.faults({ ...creating, do: { kind: 'reset' } });
    const line = await openLine(tandem, 'SMS');
    await line.write('agent');
    await line.task();
    await tandem.settle();
    expect(await line.handoffs()).toHaveLength(1);
    expect(await line.said()).toEqual([HANDOFF_TEXT]);
  });

  test('of which nothing is heard: the task is taken back before the assistant speaks; an agent who came may stay', async ({
    gateway,
    expect,
  }) => {
    const tandem = await gateway({ env: { ...flexEnv, ...texts, HANDOFF_TIMEOUT: '3s' } });
    await tandem.simulator.faults(...deaf);
    const served = await openLine(tandem, 'SMS');
    const lines = await Promise.all(channels.map((channel) => openLine(tandem, channel)));
    await Promise.all([served, ...lines].map((line) => line.write('agent')));
    await Promise.all([served, ...lines].map((line) => line.task()));
    await until('it is offered', async () => (await served.task()).conversationSid);
    await served.agent('accept');
    await served.isWith('human');
    expect(await served.said()).toEqual([HANDOFF_TEXT]);
    for (const line of lines) {
      await line.isWith('assistant');
      expect((await line.task()).status).toBe('canceled');
      await until('they are told', async () => (await line.said()).length === 2);
      expect(await line.said()).toEqual([HANDOFF_TEXT, NOBODY_TEXT]);
      expect((await line.handoffs())[0]?.saidWhileAsked.map(({ body }) => body)).toEqual([HANDOFF_TEXT]);
    }
  });

  test('without a place where agents are waits for an operator, who gives it back, or for nobody', async ({
    gateway,
    expect,
  }) => {
    const tandem = await gateway({
      env: { ...texts, APOLOGY_TEXT: 'Sorry.', HANDOFF_TIMEOUT: '3s' },
      answer: ({ body }) => (body === 'Break.' ? { status: 404 } : `You said: ${body}`),
    });
    const [taken, left, broken] = await Promise.all(
      (['SMS', 'web chat', 'SMS'] as const).map((channel) => openLine(tandem, channel)),
    );
    if (!taken || !left || !broken) throw new Error('There are three lines.');
    await Promise.all([taken.write('agent'), left.write('agent'), broken.write('Break.')]);
    await taken.isWith('requested');
    const path = `/threads/${encodeURIComponent(taken.key)}`;
    await tandem.operate('POST', `${path}/handoff`);
    await taken.isWith('human');
    await taken.write('Hello?');
    await tandem.settle();
    await tandem.operate('POST', `${path}/return`);
    await taken.isWith('assistant');
    await taken.write('Thanks');
    await tandem.settle();
    expect(await taken.said()).toEqual([
      HANDOFF_TEXT,
      expect.stringMatching(/^You said: \[A human colleague[\s\S]*Customer: Hello\?[\s\S]*Thanks$/),
    ]);
    await until('they are told', async () => (await left.said()).length === 2);
    expect(await left.said()).toEqual([HANDOFF_TEXT, NOBODY_TEXT]);
    // What nobody can be called for is apologised for, as before.
    expect(await broken.said()).toEqual(['Sorry.']);
    expect((await broken.thread()).handling).toBe('assistant');
  });
});
