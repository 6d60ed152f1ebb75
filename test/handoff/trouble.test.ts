import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clientOf } from '../simulator/support.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { account } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { callAgent, deaf, flex, flexEnv, withAgent } from './lines.ts';

const HANDOFF_TEXT = 'One moment, a colleague comes.';
const NOBODY_TEXT = 'Nobody is free.';
const RETURN_TEXT = 'I am back.';

let tandem: Gateway;
beforeAll(async () => {
  tandem = await startGateway({ env: { ...flexEnv, HANDOFF_TEXT, NOBODY_TEXT, RETURN_TEXT, SEND_TIMEOUT: '1s' } });
});
afterEach(() => tandem.simulator.faults());
afterAll(() => tandem.close());

describe('A handoff whose beginning goes wrong', () => {
  const creating = { on: 'call', method: 'POST', resource: 'Interactions', times: 1 };

  test.each([
    ['SMS', { kind: 'accept-then-status', status: 502 }],
    ['WhatsApp', { kind: 'accept-then-hang' }],
    ['web chat', { kind: 'accept-then-reset' }],
  ] as const)(
    'created at Flex (%s), but we do not hear of it: found, and not created again',
    async (channel, fault) => {
      await tandem.simulator.faults({ ...creating, do: fault });
      const line = await callAgent(tandem, channel);
      await line.task();
      await tandem.settle();
      expect(await line.said()).toEqual([HANDOFF_TEXT]);
      await line.agent('accept');
      await line.isWith('human');
      expect(await line.handoffs()).toHaveLength(1);
    },
  );

  test('Flex asks to wait: it is asked again', async () => {
    await tandem.simulator.faults({ ...creating, do: { kind: 'status', status: 429, retryAfter: 1 } });
    const line = await callAgent(tandem);
    await line.task();
    await tandem.settle();
    expect(await line.handoffs()).toHaveLength(1);
  });

  test('Flex refuses: the customer is told, and the assistant goes on', async () => {
    await tandem.simulator.faults({ ...creating, do: { kind: 'status', status: 400, code: 20001 } });
    const line = await callAgent(tandem);
    await tandem.settle();
    await line.write('Hello');
    await tandem.settle();
    expect(await line.said()).toEqual([HANDOFF_TEXT, NOBODY_TEXT, expect.stringMatching(/You said: [\s\S]*Hello$/)]);
    expect(await line.handoffs()).toEqual([]);
    expect(tandem.log.find(({ msg }) => msg === 'handoff.ended')).toMatchObject({ outcome: 'failed', level: 'error' });
  });

  test('accepted by Flex, and then it fails there', async () => {
    await tandem.simulator.faults({ on: 'interaction', do: { kind: 'fail' } });
    const line = await callAgent(tandem, 'web chat');
    await until('it is given up', async () => (await line.said()).length === 2);
    await line.isWith('assistant');
    expect(await line.said()).toEqual([HANDOFF_TEXT, NOBODY_TEXT]);
  });
});

describe('A human who has the thread', () => {
  test('ended it and we were not told: the next text shows it, and is answered', async () => {
    const line = await withAgent(tandem);
    await tandem.settle();
    await tandem.simulator.faults(...deaf);
    await line.agent('end');
    await line.write('Are you still there?');
    await tandem.settle();
    expect((await line.said()).at(-1)).toMatch(/Are you still there\?$/);
    expect((await line.thread()).handling).toBe('assistant');
  });

  test.each(['SMS', 'WhatsApp', 'SMS in a Conversation', 'WhatsApp in a Conversation'] as const)(
    'heard stop (%s), or was about to: nothing is sent, not even when the human is gone',
    async (channel) => {
      const [line, waiting] = await Promise.all([withAgent(tandem, channel), callAgent(tandem, channel)]);
      await waiting.task();
      await tandem.settle();
      await Promise.all([line, waiting].map((one) => one.write('STOP')));
      await tandem.settle();
      await line.agent('park');
      await waiting.agent('expire');
      for (const one of [line, waiting]) {
        await one.isWith('assistant');
        await tandem.settle();
        await one.write('Hello?');
        await tandem.settle();
        expect(await one.said()).toEqual([HANDOFF_TEXT]);
        expect((await one.thread()).optedOut).toBe(true);
      }
    },
  );

  test('hands it to a colleague: the assistant stays silent until nobody of them has it', async () => {
    const line = await withAgent(tandem, 'web chat');
    const { attributes } = await line.task();
    const client = clientOf(tandem.simulator.url, account.sid, account.authToken);
    const channel = client.flexApi.v1
      .interaction(attributes.flexInteractionSid)
      .channels(attributes.flexInteractionChannelSid);
    // A second task for the same Conversation, and the first agent leaves.
    const { workspaceSid: workspace_sid, workflowSid: workflow_sid } = flex;
    await channel.invites.create({ routing: { properties: { workspace_sid, workflow_sid, attributes: {} } } });
    await line.agent('park');
    await tandem.settle();
    await line.write('Hello?');
    await tandem.settle();
    expect((await line.thread()).handling).toBe('human');
    expect(await line.said()).toEqual([HANDOFF_TEXT]);
  });

  test.each(['web chat', 'SMS in a Conversation'] as const)(
    'has it taken away in Flex, where the channel is made inactive (%s): the assistant goes on',
    async (name) => {
      const line = await withAgent(tandem, name);
      const { attributes } = await line.task();
      const client = clientOf(tandem.simulator.url, account.sid, account.authToken);
      await client.flexApi.v1
        .interaction(attributes.flexInteractionSid)
        .channels(attributes.flexInteractionChannelSid)
        .update({ status: 'inactive', routing: { status: 'closed' } });
      await line.isWith('assistant');
      await tandem.settle();
      await line.write('Hello?');
      await tandem.settle();
      expect(await line.said()).toEqual([HANDOFF_TEXT, RETURN_TEXT, expect.stringMatching(/Hello\?$/)]);
    },
  );

  test('has ended it, and the next one does not come: the second call knows nothing of the first', async () => {
    const line = await withAgent(tandem, 'web chat');
    await line.agent('park');
    await line.isWith('assistant');
    await tandem.settle();
    await line.write('agent');
    await until('another one is asked for', async () => (await line.tasks()).length === 2);
    await tandem.settle();
    await line.agent('expire');
    await line.isWith('assistant');
    await tandem.settle();
    expect(await line.said()).toEqual([HANDOFF_TEXT, RETURN_TEXT, HANDOFF_TEXT, NOBODY_TEXT]);
  });
});
