import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOf } from '../simulator/support.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { account, subaccount } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { callTool, flex, openLine } from './lines.ts';

const toolsToken = 'the-token-of-all-the-tools';
const HANDOFF_TEXT = 'One moment, a colleague comes.';
const FLEX = '/tools/flex-handover';
const STUDIO = '/tools/studio-handover';
const TO_ASSISTANT = '/channels/conversations/flex-webchat';
const flowSid = `FW${'7'.repeat(32)}`;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: {
      TOOLS_TOKEN: toolsToken,
      HANDOFF_TEXT,
      TWILIO_SUBACCOUNTS: `${subaccount.sid}:${subaccount.authToken}`,
    },
    answer: async (question) => {
      if (question.body !== 'Call the flow.') return `You said: ${question.body}`;
      return (await callTool(gateway, `${STUDIO}?FlowSid=${flowSid}`, question)).text;
    },
  });
});
afterAll(() => gateway.close());

/** A line whose customer was answered once, and the session that the assistant knows. */
async function spokenTo(channel: 'SMS' | 'WhatsApp' | 'web chat' = 'SMS') {
  const line = await openLine(gateway, channel);
  await line.write('Hello');
  await gateway.settle();
  const { sessionId, identity } = gateway.assistant.asked.findLast((one) => one.identity.endsWith(line.customer)) ?? {
    sessionId: '',
    identity: '',
  };
  return { line, session: { sessionId, identity } };
}

const inFlex = { FlexWorkspaceSid: flex.workspaceSid, FlexWorkflowSid: flex.workflowSid };

describe('POST /tools/flex-handover', () => {
  test.each(['SMS', 'WhatsApp', 'web chat'] as const)(
    'hands over once, however often it is called (%s)',
    async (channel) => {
      const { line, session } = await spokenTo(channel);
      const said = { reason: 'Refund', summary: 'Wants 900 back' };
      const answers = await Promise.all([
        callTool(gateway, FLEX, session, { fields: { ...inFlex, ...said } }),
        // As an assistant that answers by callback sees the session.
        callTool(gateway, FLEX, { ...session, sessionId: `webhook:${session.sessionId}` }, { fields: inFlex }),
      ]);
      answers.push(await callTool(gateway, FLEX, session));
      expect(answers).toEqual(Array(3).fill({ status: 200, text: 'Transferred to human agent' }));
      await line.task();
      await gateway.settle();
      expect(await line.handoffs()).toHaveLength(1);
      expect((await line.said()).slice(1)).toEqual([HANDOFF_TEXT]);
    },
  );

  test('takes JSON, the token of all tools, and the place from the URL, as the sample does', async () => {
    const { line, session } = await spokenTo();
    const response = await fetch(`${gateway.url}${FLEX}?${new URLSearchParams(inFlex)}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${toolsToken}`,
        'content-type': 'application/json',
        'x-session-id': session.sessionId,
        'x-identity': session.identity,
      },
      body: JSON.stringify({ reason: 'Refund' }),
    });
    expect([response.status, await response.text()]).toEqual([200, 'Transferred to human agent']);
    expect((await line.task()).attributes).toMatchObject({ requestedBy: 'tool', reason: 'Refund' });
  });

  test('lets no one in without a signature or the token, and leaves no trace', async () => {
    const { line, session } = await spokenTo();
    const before = await gateway.contents();
    const attempts = [
      callTool(gateway, FLEX, session, { signed: false }),
      callTool(gateway, FLEX, session, { headers: { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } }),
      callTool(gateway, FLEX, session, {
        signed: false,
        headers: { authorization: 'Bearer the-token-of-nobody-at-all' },
      }),
      callTool(gateway, STUDIO, session, { signed: false }),
      callTool(gateway, TO_ASSISTANT, session, { signed: false }),
    ];
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual(Array(5).fill(403));
    expect(await gateway.contents()).toEqual(before);
    expect((await line.thread()).handling).toBe('assistant');
  });

  test('lets nobody take a thread of another account', async () => {
    const { line, session } = await spokenTo('web chat');
    const { authToken: token } = subaccount;
    const Data = JSON.stringify({
      ChannelSid: line.chat?.sid,
      InstanceSid: line.chat?.serviceSid,
      From: line.customer,
    });
    const answers = await Promise.all([
      callTool(gateway, FLEX, session, { token, fields: inFlex }),
      callTool(gateway, STUDIO, session, { token, fields: { FlowSid: flowSid } }),
      callTool(gateway, TO_ASSISTANT, session, { token, fields: { Data } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await line.thread()).handling).toBe('assistant');
    expect(await line.chat?.twilio.webhooks.list()).toEqual([]);
  });

  test.each([
    ['a session that is over', (id: string) => `${id}9`, 404],
    ['no session', () => '', 400],
    ['a call', () => `voice:CA${'1'.repeat(32)}/1`, 400],
  ])('hands nothing over for %s', async (_, sessionOf, status) => {
    const { line, session } = await spokenTo();
    const answer = await callTool(gateway, FLEX, { ...session, sessionId: sessionOf(session.sessionId) });
    expect(answer.status).toBe(status);
    expect((await line.thread()).handling).toBe('assistant');
  });
});

describe('A Studio flow', () => {
  const steps = (...all: object[]) =>
    fetch(`${gateway.simulator.url}/simulator/flows/${flowSid}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ steps: all }),
    });

  test('takes a phone’s thread from nobody: the assistant is told to think nothing of it', async () => {
    const { line, session } = await spokenTo();
    const answer = await callTool(gateway, STUDIO, session, { fields: { FlowSid: flowSid } });
    expect(answer).toEqual({ status: 200, text: 'Unable to perform action. Ignore this output' });
    expect((await line.thread()).handling).toBe('assistant');
  });

  test('begins with what the customer said last, and the assistant has the thread again once it lets go', async () => {
    await steps({ ask: 'When may we call you back?' }, { say: 'Thank you.' }, { giveBack: true });
    const line = await openLine(gateway, 'web chat');
    await line.write('Call the flow.');
    await until('the flow speaks', async () => (await line.flowSaid()).length === 1);
    await line.isWith('human');
    await line.write('At noon.');
    await gateway.settle();
    expect(await line.flowSaid()).toEqual(['When may we call you back?', 'Thank you.']);
    // A flow says nothing when it lets go; we look now and then, or when somebody says that something has changed.
    const news = {
      AccountSid: account.sid,
      EventType: 'onChannelStatusUpdated',
      MediaChannelSid: line.chat?.sid ?? '',
    };
    await gateway.post('/webhooks/twilio/flex', news);
    await line.isWith('assistant');
    await line.write('And now?');
    await gateway.settle();
    expect((await line.said()).at(-1)).toMatch(
      /^You said: \[A human colleague[\s\S]*Customer: At noon\.\nAgent: Thank you\.\n?[\s\S]*And now\?$/,
    );
  });

  test('answers the assistant with the words that its tool is to say', async () => {
    await steps({ ask: 'Yes?' });
    const { line, session } = await spokenTo('web chat');
    const fields = { flowSid, successMessage: 'Done!' };
    expect(await callTool(gateway, STUDIO, session, { fields })).toEqual({ status: 200, text: 'Done!' });
    expect(await callTool(gateway, STUDIO, session, { fields: { flowSid } })).toEqual({
      status: 200,
      text: 'Conversation handed over',
    });
    await line.isWith('human');
    await gateway.settle();
    const webhooks = await line.chat?.twilio.webhooks.list();
    expect(webhooks?.filter(({ target }) => target === 'studio')).toHaveLength(1);
    // An operator calls it back: the flow's webhook goes first.
    await gateway.operate('POST', `/threads/${encodeURIComponent(line.key)}/return`);
    await line.isWith('assistant');
    expect(await line.chat?.twilio.webhooks.list()).toEqual([]);
  });

  test('hands its Conversation to the assistant, and gets it back by the tool', async () => {
    await steps({ request: `${gateway.url}${TO_ASSISTANT}` });
    const line = await openLine(gateway, 'web chat');
    const client = clientOf(gateway.simulator.url, account.sid, account.authToken);
    const { webhooks } = client.conversations.v1.conversations(line.chat?.sid as string);
    await webhooks.create({ target: 'studio', 'configuration.flowSid': flowSid });
    await line.write('Hello');
    await until('the assistant answers', async () => (await line.said()).length === 1);
    await line.write('More');
    await gateway.settle();
    expect(await line.said()).toEqual(['You said: Hello', 'You said: More']);
    expect((await webhooks.list()).map(({ target }) => target)).toEqual(['webhook']);

    await steps({ ask: 'Here I am again.' }, { ask: 'Anything else?' }, { request: `${gateway.url}${TO_ASSISTANT}` });
    await line.write('Call the flow.');
    await until('the flow speaks', async () => (await line.flowSaid()).length === 1);
    await line.write('Fine');
    await gateway.settle();
    expect(await line.said()).toEqual(['You said: Hello', 'You said: More']);
    // What the flow heard, and we did, and left to it, is what it hands over.
    await line.write('When are you open?');
    await until('the assistant answers', async () => (await line.said()).length === 3);
    await line.write('Thanks');
    await gateway.settle();
    const answers = (await line.said()).slice(2);
    expect(answers).toEqual([expect.stringMatching(/When are you open\?$/), 'You said: Thanks']);
    expect(answers[0]).not.toContain('Customer: When');
  });

  test('takes nothing from an operator who has the thread', async () => {
    await steps({ ask: 'Yes?' }, { request: `${gateway.url}${TO_ASSISTANT}` });
    const { line } = await spokenTo('web chat');
    await line.chat?.twilio.webhooks.create({ target: 'studio', 'configuration.flowSid': flowSid });
    await gateway.operate('POST', `/threads/${encodeURIComponent(line.key)}/handoff`);
    await line.write('Well?');
    await line.write('A question to the flow');
    await until(
      'the flow has handed over',
      async () => (await line.chat?.twilio.webhooks.list())?.[0]?.target === 'webhook',
    );
    await gateway.settle();
    expect(await line.said()).toEqual(['You said: Hello']);
    expect((await line.thread()).handling).toBe('human');
  });
});
