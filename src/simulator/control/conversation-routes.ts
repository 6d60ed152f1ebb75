import express, { type Request, Router } from 'express';
import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { createConversation, setState } from '../conversations/change-conversation.ts';
import { mediaPath, storeMedia } from '../conversations/media.ts';
import { addParticipant, removeParticipant } from '../conversations/participants.ts';
import { editMessage, postMessage, removeMessage } from '../conversations/post-message.ts';
import { type Cause, type Conversation, participantOf } from '../conversations/store.ts';
import { summaryOf } from '../messaging/phone.ts';
import { RestError } from '../rest-errors.ts';

const contentType = z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a type like image/png');

/** A file sent along, from a phone, a browser or an agent's desk. */
const mediaFile = z.strictObject({ contentType, data: z.base64(), filename: z.string().max(255).optional() });

export const writing = z
  .strictObject({
    body: z.string().max(32_768).default(''),
    media: z.array(mediaFile).max(10).default([]),
  })
  .refine(({ body, media }) => body !== '' || media.length > 0, 'say something, or send a file');

const identity = z.string().min(1).max(256);
const jsonText = z.record(z.string(), z.unknown()).default({});
const opening = z
  .strictObject({
    identity: identity.optional(),
    address: identity.optional(),
    proxyAddress: identity.optional(),
    friendlyName: z.string().max(256).optional(),
    uniqueName: z.string().max(256).optional(),
    serviceSid: z.string().optional(),
    attributes: jsonText,
  })
  .refine(
    (who) => (who.identity === undefined) === (who.address !== undefined && who.proxyAddress !== undefined),
    'say who opens it: an identity, or address and proxyAddress of a phone',
  );
const message = writing.safeExtend({
  author: identity,
  attributes: jsonText,
  copies: z.number().int().min(1).max(100).default(1),
});

/** What a person does in a conversation with an app or a web page, by Twilio's SDK: it always fires webhooks. */
function chatting(name: string, copies = 1): Cause {
  return { by: 'chat', source: 'SDK', identity: name, announced: true, copies };
}

/** Web chat customers, and whoever else takes part in a conversation without a phone. */
export function conversationControl(carrier: Carrier): Router {
  const { conversations } = carrier;
  const router = Router();
  const json = express.json({ limit: '7mb' });
  const find = (request: Request): Conversation => {
    const conversation = conversations.get(String(request.params.sid));
    if (conversation === undefined) throw new RestError(20404);
    return conversation;
  };
  const memberOf = (conversation: Conversation, name: string) => {
    const member = participantOf(conversation, name);
    if (member === undefined) throw new RestError(20404, `${name} does not take part in this conversation`);
    return member;
  };

  router.get('/conversations', (_request, response) => {
    response.json({ conversations: conversations.all().map((one) => conversationTestimony(carrier, one)) });
  });
  router.post('/conversations', json, async (request, response) => {
    const { attributes, serviceSid, identity, address, proxyAddress, ...settings } = opening.parse(request.body);
    const cause = chatting(identity ?? address ?? '');
    const account = carrier.accounts.find(
      ({ sid }) => conversations.services.get(serviceSid ?? '')?.accountSid === sid,
    );
    const accountSid = (account ?? carrier.accounts[0])?.sid ?? '';
    const service = serviceSid ?? conversations.defaultService(accountSid).sid;
    if (!conversations.services.has(service)) throw new RestError(20404, service);
    const draft = { ...settings, accountSid, serviceSid: service, attributes: JSON.stringify(attributes) };
    const conversation = await createConversation(carrier, draft, cause);
    await addParticipant(carrier, conversation, { identity, address, proxyAddress }, cause);
    response.status(201).json(conversationTestimony(carrier, conversation));
  });
  router.get('/conversations/:sid', (request, response) => {
    response.json(conversationTestimony(carrier, find(request)));
  });

  router.post('/conversations/:sid/messages', json, async (request, response) => {
    const conversation = find(request);
    const { author, body, media, attributes, copies } = message.parse(request.body);
    memberOf(conversation, author);
    const draft = {
      author,
      body,
      attributes: JSON.stringify(attributes),
      media: filesOf(carrier, conversation, media),
    };
    const posted = await postMessage(carrier, conversation, draft, chatting(author, copies));
    const { sid, index } = posted.message;
    response.status(201).json({ sid, index, webhook: summaryOf(await posted.told) });
  });
  router
    .route('/conversations/:sid/messages/:messageSid')
    .put(json, (request, response) => {
      const [conversation, found] = [find(request), messageOf(request)];
      const { body } = z.strictObject({ body: z.string().min(1).max(32_768) }).parse(request.body);
      editMessage(carrier, conversation, found, { body }, chatting(found.author));
      response.status(204).end();
    })
    .delete((request, response) => {
      const found = messageOf(request);
      removeMessage(carrier, find(request), found, chatting(found.author));
      response.status(204).end();
    });

  router.post('/conversations/:sid/participants', json, async (request, response) => {
    const { identity: name } = z.strictObject({ identity }).parse(request.body);
    await addParticipant(carrier, find(request), { identity: name }, chatting(name));
    response.status(201).json(conversationTestimony(carrier, find(request)));
  });
  router.delete('/conversations/:sid/participants/:name', (request, response) => {
    const conversation = find(request);
    const name = String(request.params.name);
    removeParticipant(carrier, conversation, memberOf(conversation, name), chatting(name));
    response.status(204).end();
  });
  // As when a timer ran out.
  router.put('/conversations/:sid/state', json, (request, response) => {
    const conversation = find(request);
    const { state } = z.strictObject({ state: z.enum(['active', 'inactive', 'closed']) }).parse(request.body);
    setState(carrier, conversation, state, 'TIMER', { by: 'timer', source: 'API', announced: true });
    response.json(conversationTestimony(carrier, conversation));
  });
  router.delete('/conversations', (_request, response) => {
    conversations.forget();
    carrier.flex.forget();
    carrier.studio.forget();
    response.status(204).end();
  });

  // What `content_direct_temporary` points to: the key stands for a signature.
  router.get('/media/:sid', (request, response) => {
    const media = conversations.file(String(request.params.sid));
    if (media === undefined || request.query.key !== media.key) throw new RestError(20404);
    if (!Buffer.isBuffer(media.content)) return response.redirect(307, media.content.url);
    response.set({ 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff' });
    response.type(media.contentType ?? 'application/octet-stream').send(media.content);
  });
  return router;

  function messageOf(request: Request) {
    const found = find(request).messages.find(({ sid }) => sid === request.params.messageSid);
    if (found === undefined) throw new RestError(20404);
    return found;
  }
}

export function filesOf(carrier: Carrier, conversation: Conversation, files: z.output<typeof mediaFile>[]) {
  const { accountSid, serviceSid } = conversation;
  return files.map(({ contentType: type, data, filename }) =>
    storeMedia(carrier, {
      accountSid,
      serviceSid,
      content: Buffer.from(data, 'base64'),
      contentType: type,
      filename: filename ?? null,
    }),
  );
}

/** A conversation as the witness saw it, with everything that was said. */
function conversationTestimony(carrier: Carrier, conversation: Conversation) {
  const { participants, messages, webhooks, timers, timerRun, nextIndex, ...rest } = conversation;
  return {
    ...rest,
    participants: participants.map(({ sid, identity: name, binding }) => ({ sid, identity: name, binding })),
    messages: messages.map(({ sid, index, author, body, media, cause, createdAt }) => ({
      sid,
      index,
      author,
      body,
      by: cause.by,
      media: media.map((file) => ({
        sid: file.sid,
        contentType: file.contentType,
        filename: file.filename,
        path: pathOf(carrier, file.sid),
      })),
      createdAt,
    })),
    webhooks: webhooks.map(({ sid, target, url, flowSid }) => ({ sid, target, url, flowSid })),
    interactions: carrier.flex.interactions
      .filter(({ channel }) => channel.conversationSid === conversation.sid)
      .map(({ sid, channel }) => ({ sid, channelSid: channel.sid, status: channel.status })),
  };
}

function pathOf(carrier: Carrier, mediaSid: string): string | null {
  const media = carrier.conversations.file(mediaSid);
  return media === undefined ? null : mediaPath(media);
}
