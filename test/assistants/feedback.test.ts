import { afterAll, beforeAll, expect, it } from 'vitest';
import { feedbackResource } from '../../src/assistants/api/schemas.ts';
import { expectError, HARBOUR, RIVAL, type Service, startService } from './support.ts';

let service: Service;
let assistantId: string;
let messageId: string;
beforeAll(async () => {
  service = await startService();
  assistantId = await service.createAssistant();
  const message = { identity: 'phone:+15550100', session_id: 'ours', body: 'Hello' };
  await service.call('post', `/v1/Assistants/${assistantId}/Messages`, message).expect(200);
  const { body } = await service.call('get', '/v1/Sessions/ours/Messages').expect(200);
  messageId = body.messages[0].id;
});
afterAll(() => service.stop());

const rate = (fields: object, account = HARBOUR) =>
  service.call('post', `/v1/Assistants/${assistantId}/Feedbacks`, { session_id: 'ours', ...fields }, account);

it('feedback is stored with its message, its score and its text', async () => {
  const { body } = await rate({ message_id: messageId, score: 1, text: 'Kind \ud800.' }).expect(201);
  expect(feedbackResource.parse(body)).toMatchObject({
    account_sid: HARBOUR,
    assistant_id: assistantId,
    session_id: 'ours',
    message_id: messageId,
    score: 1,
    text: 'Kind \uFFFD.',
  });
  const listed = await service.call('get', `/v1/Assistants/${assistantId}/Feedbacks?PageSize=1`).expect(200);
  expect(listed.body.feedbacks).toEqual([body]);
});

it.each<[object, string]>([
  [{ session_id: undefined }, 'session_id: '],
  [{ session_id: 'none' }, 'session_id: there is no such session'],
  [{ message_id: 'aia_msg_none' }, 'message_id: the session has no such message'],
  [{ message_id: 'x' }, 'message_id: must be an id'],
  [{ score: 1.1 }, 'score: must be from 0 to 1'],
  [{ score: -0.1 }, 'score: must be from 0 to 1'],
  [{ score: '1' }, 'score: '],
  [{ text: 7 }, 'text: '],
  [{ text: 'x'.repeat(4_097) }, 'text: '],
])('feedback with a mistake is refused by the name of the field: %#', async (fields, about) => {
  expectError(await rate(fields), 400, 20001, about);
});

it("feedback on another account's assistant or session is not possible", async () => {
  expectError(await rate({}, RIVAL), 404, 20404);
  const theirs = await service.createAssistant({}, RIVAL);
  const path = `/v1/Assistants/${theirs}/Feedbacks`;
  expectError(await service.call('post', path, { session_id: 'ours' }, RIVAL), 400, 20001, 'session_id: ');
  expectError(await service.call('get', `/v1/Assistants/${assistantId}/Feedbacks`, undefined, RIVAL), 404, 20404);
});
