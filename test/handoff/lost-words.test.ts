import { describe } from 'vitest';
import { test } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { callAgent, deaf, flexEnv, withAgent } from './lines.ts';

const HANDOFF_TEXT = 'One moment, a colleague comes.';
const RETURN_TEXT = 'I am back.';

const env = { ...flexEnv, HANDOFF_TEXT, RETURN_TEXT, SEND_TIMEOUT: '1s' };

describe.concurrent('An agent in Flex', () => {
  test('ended it while we were down, and RETURN_TEXT says that the assistant is back', async ({ gateway, expect }) => {
    const tandem = await gateway({ env });
    const line = await withAgent(tandem);
    await tandem.stop();
    await line.agent('messages', { body: 'Done.' });
    await line.write('Thank you.');
    await line.agent('end');
    await tandem.start();
    await line.isWith('assistant');
    await tandem.settle();
    expect(await line.said()).toEqual([HANDOFF_TEXT, RETURN_TEXT]);
    await line.write('Hello');
    await tandem.settle();
    expect(line.asked().at(-1)).toMatch(/Agent: Done\.\nCustomer: Thank you\.\]\n\nHello$/);
  });

  test('ended it while we were down: what was texted after that reached nobody, and is answered', async ({
    gateway,
    expect,
  }) => {
    const tandem = await gateway({ env });
    const line = await withAgent(tandem);
    await tandem.stop();
    await line.agent('end');
    await line.write('One more thing');
    await tandem.start();
    await until('it is answered', async () => (await line.said()).some((text) => text.includes('One more thing')));
    expect((await line.said())[1]).toBe(RETURN_TEXT);
  });

  test('has said things of which nothing was heard, in a list that lags behind: the assistant is told of all of them', async ({
    gateway,
    expect,
  }) => {
    const tandem = await gateway({ env });
    const line = await withAgent(tandem);
    await tandem.simulator.faults(
      { on: 'webhook', event: 'onMessageAdded', do: { kind: 'lose' } },
      { on: 'call', method: 'GET', resource: 'Conversations/Messages', do: { kind: 'stale', ms: 2_800 } },
    );
    await line.write('It is order 77.');
    await line.agent('messages', { body: 'Found it.' });
    await line.agent('end');
    await line.isWith('assistant');
    await line.write('Thanks');
    await tandem.settle();
    expect(line.asked().at(-1)).toMatch(/Customer: It is order 77\.\nAgent: Found it\.\]\n\nThanks$/);
  });

  test('has spoken before we knew where: it stands in the customer’s thread, and nowhere else', async ({
    gateway,
    expect,
  }) => {
    const tandem = await gateway({ env });
    await tandem.simulator.faults(...deaf, {
      on: 'call',
      method: 'GET',
      resource: 'Workspaces/Tasks',
      do: { kind: 'status', status: 503 },
    });
    const line = await callAgent(tandem);
    const conversationSid = await until('it is offered', async () => (await line.task()).conversationSid);
    await line.agent('accept');
    await line.agent('messages', { body: 'This is Robin.' });
    const own = async () => {
      const { threads } = await tandem.operate('GET', '/threads?limit=100');
      return threads.filter(({ key }: { key: string }) => key.endsWith(`:${conversationSid}`));
    };
    await until('it was heard', async () => (await own()).length === 1);
    await tandem.simulator.faults();
    await line.isWith('human');
    await line.agent('end');
    await line.isWith('assistant');
    expect(await own()).toEqual([]);
    await line.write('Thanks');
    await tandem.settle();
    expect(line.asked().at(-1)).toMatch(/Agent: This is Robin\.\]\n\nThanks$/);
  });

  test('lets go while Twilio is in trouble: Flex’s Conversation is closed all the same, and catches no text', async ({
    gateway,
    expect,
  }) => {
    const tandem = await gateway({ env });
    const line = await withAgent(tandem);
    const closing = { on: 'call', method: 'POST' };
    await tandem.simulator.faults(
      { ...closing, resource: 'Interactions/Channels', do: { kind: 'status', status: 400, code: 20001 } },
      { ...closing, resource: 'Conversations', times: 1, do: { kind: 'status', status: 503 } },
    );
    await line.agent('park');
    await line.isWith('assistant');
    await line.write('Hello again');
    await tandem.settle();
    expect((await line.said()).at(-1)).toMatch(/Hello again$/);
  });
});
