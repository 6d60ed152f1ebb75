import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Script } from '../support/fake-assistant.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { callTool, channels, flexEnv, type Line, openLine } from './lines.ts';

const HANDOFF_TEXT = 'One moment, a colleague comes.';
const NOBODY_TEXT = 'Nobody is free.';
const env = { ...flexEnv, HANDOFF_TEXT, NOBODY_TEXT };

/** Calls a human where it is told to, by every way that an assistant has; what it says then is nobody's to read. */
const scriptOf =
  (gateway: () => Gateway): Script =>
  async (question) => {
    const words = question.body.split('\n').at(-1);
    if (words === 'Break.') return { status: 404 };
    if (words === 'Call the tool.') {
      const answer = await callTool(gateway(), '/tools/flex-handover', question);
      return `The tool said: ${answer.text}`;
    }
    if (words === 'Hand me over.') {
      const handoff = { reason: 'A refund above the limit', summary: 'The customer wants 900 back.' };
      return { body: { status: 'Success', body: 'I am handing you over.', handoff } };
    }
    return `You said: ${words}`;
  };

const ways = { tool: 'Call the tool.', word: 'Agent!', failure: 'Break.', assistant: 'Hand me over.' } as const;

/** From the call for a human to an agent who has the thread. */
async function reachAgent(gateway: Gateway, line: Line, words: string): Promise<void> {
  await line.write('Hello');
  await gateway.settle();
  await line.write(words);
  await line.task();
  await gateway.settle();
  await line.write('Are you there?');
  await gateway.settle();
  expect((await line.thread()).handling).toBe('requested');
  await line.agent('accept');
  await line.isWith('human');
}

describe.concurrent.each(channels)('A handoff by %s', (channel) => {
  // Each has its own, as a gateway is settled when all its threads are.
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ env, answer: scriptOf(() => gateway) });
  });
  afterAll(() => gateway.close());

  test.each(Object.entries(ways))(
    '%s: to an agent and back, and no word of the assistant between',
    async (way, words) => {
      const line = await openLine(gateway, channel);
      await reachAgent(gateway, line, words);
      const { attributes } = await line.task();
      const by = { tool: 'tool', word: 'customer', failure: 'failure', assistant: 'assistant' }[way];
      expect(attributes).toMatchObject({
        requestedBy: by,
        customerAddress: line.customer,
        customerName: channel === 'WhatsApp' ? 'Simulated phone' : line.customer,
      });
      expect(attributes.lastMessages.slice(0, 2)).toEqual(['Customer: Hello', 'Assistant: You said: Hello']);
      expect(attributes.consoleUrl).toBe(`${gateway.url}/console/threads/${encodeURIComponent(line.key)}`);
      if (way === 'assistant') expect(attributes).toMatchObject({ reason: 'A refund above the limit' });

      await line.agent('messages', { body: 'Agnes here, what is it?' });
      await line.write('My parcel is lost.');
      await line.agent('messages', { body: 'It is on its way.' });
      await gateway.settle();
      await line.agent('park');
      await line.isWith('assistant');
      await gateway.settle();
      expect(await line.said()).toEqual(['You said: Hello', HANDOFF_TEXT]);

      await line.write('Thanks!');
      await gateway.settle();
      expect(await line.said()).toEqual(['You said: Hello', HANDOFF_TEXT, 'You said: Thanks!']);
      const told = line.asked().at(-1) as string;
      expect(told).toContain('Customer: Are you there?');
      expect(told).toContain('Agent: Agnes here, what is it?\nCustomer: My parcel is lost.\nAgent: It is on its way.');
      expect(told.endsWith(']\n\nThanks!')).toBe(true);
      const [handoff, ...others] = await line.handoffs();
      expect(others).toEqual([]);
      expect(handoff).toMatchObject({ interactionsOfConversation: 1, saidWhileHuman: [] });
      expect(handoff?.saidWhileAsked.map(({ body }) => body)).toEqual([HANDOFF_TEXT]);

      // Once told, and not again.
      await line.write('Bye');
      await gateway.settle();
      expect(line.asked().at(-1)).toBe('Bye');
    },
  );

  test('the agent ends the chat', async () => {
    const line = await openLine(gateway, channel);
    await reachAgent(gateway, line, 'agent');
    await line.agent('messages', { body: 'All done.' });
    await line.agent('end');
    await line.isWith('assistant');
    // A Conversation that was closed is over; a phone just writes again, past it.
    if (/web chat/.test(channel)) return;
    await line.write('Hello again');
    await gateway.settle();
    expect((await gateway.simulator.texts(line.customer)).at(-1)).toBe('You said: Hello again');
  });

  test('nobody comes: the customer is told, and the assistant goes on', async () => {
    const line = await openLine(gateway, channel);
    await line.write('Human, please');
    await gateway.settle();
    await line.write('human');
    await line.task();
    await gateway.settle();
    await line.write('Hello?');
    await gateway.settle();
    await line.agent('expire');
    await line.isWith('assistant');
    await line.write('Then you.');
    await gateway.settle();
    expect(await line.said()).toEqual(['You said: Human, please', HANDOFF_TEXT, NOBODY_TEXT, 'You said: Then you.']);
    expect(line.asked().at(-1)).toMatch(/nobody was available[\s\S]*Customer: Hello\?[\s\S]*Then you\.$/);
  });

  test('an operator calls a thread back: the task is taken from the agents first', async () => {
    const line = await openLine(gateway, channel);
    await reachAgent(gateway, line, 'agent');
    await gateway.operate('POST', `/threads/${encodeURIComponent(line.key)}/return`);
    await line.isWith('assistant');
    expect((await line.task()).status).toMatch(/completed|canceled|wrapping/);
    await line.write('Hello');
    await gateway.settle();
    expect((await line.said()).at(-1)).toBe('You said: Hello');
  });
});
