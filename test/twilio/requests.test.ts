import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChat } from '../conversations/chats.ts';
import { callTool } from '../handoff/lines.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { newPhone } from '../support/surroundings.ts';
import { departuresOf, isDescribed, startRecorder } from './recorder.ts';

let recorder: Awaited<ReturnType<typeof startRecorder>>;
let gateway: Gateway;
beforeAll(async () => {
  recorder = await startRecorder();
  gateway = await startGateway({
    answer: ({ body }) =>
      body === 'picture' ? '![A bike](https://shop.example/bike.jpg)\n\nThis one.' : `You said: ${body}`,
    env: { TWILIO_API_BASE_URL: recorder.url },
  });
  recorder.leadTo(gateway.simulator.url);
});
afterAll(async () => {
  await gateway.close();
  await recorder.close();
});

test.skipIf(!isDescribed)(
  'every request to Messages and Conversations is one that Twilio describes (skipped where its description is absent)',
  async () => {
    for (const medium of ['web chat', 'WhatsApp'] as const) {
      const chat = await openChat(gateway, medium, { name: 'Ann' });
      await chat.write('Hello');
      await gateway.settle();
      await gateway.simulator.faults(
        { on: 'call', method: 'POST', resource: 'Conversations/Messages', times: 1, do: { kind: 'accept-then-reset' } },
        { on: 'webhook', event: 'onMessageAdded', times: 1, do: { kind: 'lose' } },
      );
      await chat.write('lost');
      await chat.write('found');
      await gateway.settle();
      expect(await chat.said()).toHaveLength(2);
    }
    const chat = await openChat(gateway);
    await chat.twilio.webhooks.create({ target: 'studio', 'configuration.flowSid': `FW${'7'.repeat(32)}` });
    const Data = JSON.stringify({ ChannelSid: chat.sid, InstanceSid: chat.serviceSid, From: chat.customer });
    const nobody = { sessionId: '', identity: '' };
    const taken = await callTool(gateway, '/channels/conversations/flex-webchat', nobody, { fields: { Data } });
    expect(taken.status).toBe(200);
    for (const prefix of ['', 'whatsapp:']) {
      const from = prefix + newPhone();
      const to = `${prefix}+15550001000`;
      await gateway.simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'accept-then-reset' } });
      await gateway.text(from, 'Hello', { to });
      await gateway.settle();
      await gateway.text(from, 'picture', { to });
      await gateway.settle();
    }
    await gateway.restart();
    await gateway.settle();

    expect(recorder.recorded.flatMap(departuresOf)).toEqual([]);
    const operations = new Set(
      recorder.recorded.map(({ method, path }) => `${method} ${path.replace(/[A-Z]{2}[0-9a-f]{32}/g, '…')}`),
    );
    expect([...operations].sort()).toEqual([
      'delete /v1/Services/…/Conversations/…/Webhooks/…',
      'get /2010-04-01/Accounts/…/Messages.json',
      'get /v1/ParticipantConversations',
      'get /v1/Services/…/Conversations',
      'get /v1/Services/…/Conversations/…',
      'get /v1/Services/…/Conversations/…/Messages',
      'get /v1/Services/…/Conversations/…/Participants',
      'get /v1/Services/…/Conversations/…/Webhooks',
      'post /2010-04-01/Accounts/…/Messages.json',
      'post /v1/Services/…/Conversations/…',
      'post /v1/Services/…/Conversations/…/Messages',
      'post /v1/Services/…/Conversations/…/Webhooks',
    ]);
    // Our own messages must not come back to us.
    expect(recorder.recorded.filter(({ headers }) => 'x-twilio-webhook-enabled' in headers)).toEqual([]);
    const pictures = recorder.recorded.filter(({ form }) => form.has('MediaUrl'));
    expect(pictures.map(({ form }) => form.get('MediaUrl'))).toEqual(
      Array.from({ length: 2 }, () => 'https://shop.example/bike.jpg'),
    );
  },
);
