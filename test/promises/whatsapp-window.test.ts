import { describe } from 'vitest';
import { sql } from '../../src/store/database.ts';
import { openChat } from '../conversations/chats.ts';
import { type Gateway, test } from '../support/gateway.ts';
import { newPhone } from '../support/surroundings.ts';

const template = `HX${'4'.repeat(32)}`;
const to = 'whatsapp:+15550001000';

/** The customer wrote a day ago, the answer failed, and an operator has it tried again only now. */
async function answerLate(gateway: Gateway, key: string): Promise<void> {
  await gateway.db.query(sql`
    update gateway.thread set heard_at = heard_at - interval '24 hours' where key = ${key}`);
  gateway.assistant.answer(() => 'Sorry for the wait.\nYour bike  is ready.');
  const { turns } = await gateway.failures();
  await gateway.operate('POST', `/failures/${turns[0]?.id}/retry`);
  await gateway.settle();
}

const failing = { answer: () => ({ status: 400 }) };

describe.concurrent('WhatsApp takes free text for 24 hours after the customer wrote', () => {
  test('after that an answer fails before it is sent, and says why', async ({ gateway, expect }) => {
    const started = await gateway({ ...failing, env: { APOLOGY_TEXT: ' ' } });
    const from = `whatsapp:${newPhone()}`;
    await started.text(from, 'Is it ready?', { to });
    await started.settle();
    await answerLate(started, `whatsapp:+15550001000:${from.slice('whatsapp:'.length)}`);
    expect(await started.simulator.texts(from)).toEqual([]);
    const { messages } = await started.failures();
    expect(messages).toMatchObject([{ errorCode: 63016, error: expect.stringMatching(/24 hours ago.*template/) }]);
  });

  test('with a template set, the answer leaves as one', async ({ gateway, expect }) => {
    const env = { APOLOGY_TEXT: ' ', WHATSAPP_TEMPLATE_SID: template };
    const started = await gateway({ ...failing, env });
    const from = `whatsapp:${newPhone()}`;
    await started.text(from, 'Is it ready?', { to });
    await started.settle();
    // Also where Twilio's answer to the call is lost.
    await started.simulator.faults({ on: 'create', to: from, times: 1, do: { kind: 'accept-then-hang' } });
    await answerLate(started, `whatsapp:+15550001000:${from.slice('whatsapp:'.length)}`);
    const sent = (await started.simulator.all()).filter((message) => message.to === from);
    expect(sent).toMatchObject([{ contentSid: template, status: 'read' }]);
    expect((await started.thread(from, to)).messages).toMatchObject([{ status: 'read', attempts: 1 }]);
  });

  test('in a Conversation too', async ({ gateway, expect }) => {
    const env = { APOLOGY_TEXT: ' ', WHATSAPP_TEMPLATE_SID: template };
    const started = await gateway({ ...failing, env });
    const chat = await openChat(started, 'WhatsApp');
    await chat.write('Is it ready?');
    await started.settle();
    await answerLate(started, chat.key);
    const sent = (await started.simulator.all()).filter((message) => message.to === chat.customer);
    expect(sent).toMatchObject([{ contentSid: template }]);
  });

  test('a customer who writes opens it again, and SMS knows no such thing', async ({ gateway, expect }) => {
    const started = await gateway();
    for (const [from, ends] of [
      [`whatsapp:${newPhone()}`, { to }],
      [newPhone(), {}],
    ] as const) {
      await started.text(from, 'Hello', ends);
      await started.settle();
      await started.db.query(sql`update gateway.thread set heard_at = heard_at - interval '30 hours'`);
      await started.text(from, 'Again', ends);
      await started.settle();
      expect(await started.simulator.texts(from)).toEqual(['You said: Hello', 'You said: Again']);
    }
  });
});
