import { expect, test } from 'vitest';
import type { Desk } from '../../src/handoff/desk.ts';
import { createFlexDesk } from '../../src/handoff/flex.ts';
import { type Handoff, newHandoff, type Place } from '../../src/handoff/handoff.ts';
import { createStudioDesk } from '../../src/handoff/studio.ts';
import { taskAttributes } from '../../src/handoff/task-attributes.ts';
import { builtInFlex } from '../../src/simulator/flex/store.ts';
import { fixedSid } from '../../src/simulator/sid.ts';
import type { Queryable } from '../../src/store/database.ts';
import type { Thread } from '../../src/thread/thread-state.ts';
import { departuresOf, officialConversations, officialFlex } from '../simulator/openapi.ts';
import { account, clientOf, exchanges, ours, phone, simulator } from '../simulator/support.ts';

const flex = builtInFlex(account.sid);
const inFlex: Place = { target: 'flex', workspaceSid: flex.workspaceSid, workflowSid: flex.workflowSid };
const inStudio: Place = { target: 'studio', flowSid: fixedSid('FW', account.sid) };
const official = { 'flex-api.twilio.com': officialFlex, 'conversations.twilio.com': officialConversations };

function caseOf(key: string, channel: Thread['channel'], theirs: string, place: Place) {
  const thread = { key, channel, theirs, ours, accountSid: account.sid } as Thread;
  const request = { place, requestedBy: 'customer', reason: 'Refund', summary: null } as const;
  return { thread, handoff: newHandoff(key, request, '01990000-0000-7000-8000-000000000001', new Date()) };
}

/** All that is asked of a desk, from the beginning of a handoff to its end. */
async function goThrough(desk: Desk, one: { thread: Thread; handoff: Handoff }, quiet: () => Promise<void>) {
  const begun = await desk.begin(one);
  expect(begun).toMatchObject({ kind: 'begun' });
  await quiet();
  const refs = { ...one.handoff.refs, ...(await desk.find(one)) };
  const waiting = { ...one, handoff: { ...one.handoff, refs, begunAt: new Date() } };
  expect((await desk.look(waiting)).stands).toMatch(/waiting|human/);
  await desk.close(waiting);
  expect((await desk.look(waiting)).stands).toBe('over');
  // Once more, as after a crash.
  await desk.close(waiting);
}

test('an agent who comes while it is being given up keeps the thread', async () => {
  const { url, quiet, read, send } = await simulator();
  const parts = {
    clients: { of: () => clientOf(url) },
    now: () => new Date(),
    logLag: 0,
    transcribe: async () => undefined,
  };
  const desk = createFlexDesk({ ...parts, attributes: async ({ handoff }) => ({ tandemHandoff: handoff.id }) });
  const one = caseOf(`sms:${ours}:${phone}`, 'sms', phone, inFlex);
  await desk.begin(one);
  await quiet();
  const [task] = (await read('/simulator/tasks')).tasks;
  await send('POST', `/simulator/tasks/${task.sid}/accept`, {});
  const handoff: Handoff = { ...one.handoff, begunAt: new Date(), outcome: 'nobody' };
  expect(await desk.close({ ...one, handoff })).toMatchObject({
    kind: 'come',
    standing: { stands: 'human', refs: { taskSid: task.sid } },
  });
  expect((await desk.look({ ...one, handoff })).stands).toBe('human');
  // Who calls it back means it.
  expect(await desk.close({ ...one, handoff: { ...handoff, outcome: 'recalled' } })).toEqual({ kind: 'closed' });
  expect((await desk.look({ ...one, handoff })).stands).toBe('over');
});

test('everything that is asked of Flex, TaskRouter and Conversations is in Twilio’s own description of them', async () => {
  exchanges.splice(0);
  const { url, quiet, send } = await simulator();
  const clients = { of: () => clientOf(url) };
  const chat = (await send('POST', '/simulator/conversations', { identity: 'FXguest' })).body;
  const key = `conversation:${chat.serviceSid}:${chat.sid}`;
  const desk = createFlexDesk({
    clients,
    now: () => new Date(),
    logLag: 0,
    transcribe: async () => undefined,
    attributes: async (one) => taskAttributes(one, { name: null, said: [] }, undefined),
  });
  // The place of what was said last, from which a flow is to read.
  const place: Queryable = { query: async <Row>() => [{ index: 3 }] as Row[] };
  await goThrough(desk, caseOf(`sms:${ours}:${phone}`, 'sms', phone, inFlex), quiet);
  await clientOf(url).conversations.v1.services(chat.serviceSid).users('FXguest').update({ friendlyName: 'Ann' });
  await goThrough(desk, caseOf(key, 'conversation', 'FXguest', inFlex), quiet);
  const { tasks } = (await send('GET', '/simulator/tasks')).body;
  expect(tasks.map((task: { attributes: object }) => task.attributes)).toContainEqual(
    expect.objectContaining({ customerName: 'Ann', customerAddress: 'FXguest' }),
  );
  await goThrough(createStudioDesk({ clients, db: place }), caseOf(key, 'conversation', 'FXguest', inStudio), quiet);

  const hosts = new Set(exchanges.map(({ host }) => host));
  expect([...hosts].sort()).toEqual(['conversations.twilio.com', 'flex-api.twilio.com', 'taskrouter.twilio.com']);
  for (const [host, api] of Object.entries(official)) {
    if (!api) {
      console.log(`Twilio’s description of ${host} is not at hand: what is asked there is not compared with it.`);
      continue;
    }
    const asked = exchanges.filter((exchange) => exchange.host === host && exchange.status < 400);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.flatMap((exchange) => departuresOf(exchange, api))).toEqual([]);
  }
});
