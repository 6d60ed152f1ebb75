import { expect, test } from 'vitest';
import { channels, openLine } from '../handoff/lines.ts';
import { hang } from '../support/fake-assistant.ts';
import { ready, startProcess } from '../support/process.ts';
import { createSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { openChat } from './chats.ts';

const onCreate = { on: 'call', method: 'POST', resource: 'Conversations/Messages', times: 1 };

test('what a kill interrupts ends once on every channel, be it a turn or a sending', async () => {
  const surroundings = await createSurroundings({
    answer: (question) => (question.body === 'Hello' && question.nth === 1 ? hang(question) : `Re: ${question.body}`),
  });
  const { simulator, url, env } = surroundings;
  const killed = startProcess(env);
  await ready(url);
  const lines = await Promise.all(channels.map((channel) => openLine(surroundings, channel)));
  await Promise.all(lines.map((line) => line.write('Hello')));
  await surroundings.wasAsked(lines.length);
  await simulator.faults({ ...onCreate, do: { kind: 'accept-then-hang' } });
  const sending = await openChat(surroundings, 'SMS');
  await sending.write('Hi');
  await until('Twilio has it', async () => (await sending.said()).length === 1);
  killed.kill('SIGKILL');
  await killed.exited;
  await simulator.faults({ ...onCreate, do: { kind: 'slow', ms: 0 } });

  const next = startProcess(env);
  await ready(url);
  for (const { thread } of [...lines, sending]) {
    await until('it is settled', async () => (await thread()).settled);
  }
  for (const line of lines) expect(await line.said(), line.key).toEqual(['Re: Hello']);
  expect(await sending.said()).toEqual(['Re: Hi']);
  expect((await sending.thread()).messages).toMatchObject([{ attempts: 1, sid: expect.stringMatching(/^IM/) }]);
  next.kill('SIGTERM');
  await next.exited;
  await surroundings.close();
});
