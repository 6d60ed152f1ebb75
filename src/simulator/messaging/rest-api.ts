import express, { type Request, Router } from 'express';
import { authenticate } from '../account.ts';
import type { Carrier } from '../carrier.ts';
import { interfereAfter, interfereBefore } from '../interfere.ts';
import { answerRefusal, RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { createMessage } from './create-message.ts';
import { listMessages } from './list-messages.ts';
import { mediaResource, messageResource } from './message-resource.ts';
import type { Media, Message } from './messages.ts';
import { incomingNumbers } from './senders.ts';

/** The part of Twilio's core REST API (2010-04-01) that is about messages, and the numbers that they are sent to. */
export function restApi(carrier: Carrier): Router {
  const { faults, log, pace } = carrier;
  const router = Router({ mergeParams: true });
  const form = express.text({ type: 'application/x-www-form-urlencoded', limit: '256kb' });

  router.use((request, response, next) => {
    response.set({ 'Twilio-Request-Id': newSid('RQ'), 'Twilio-Concurrent-Requests': '1' });
    const account = authenticate(carrier.accounts, request.headers.authorization);
    if (account === undefined || account.sid !== accountOf(request)) throw new RestError(20003);
    next();
  });

  router.post('/Messages.json', form, async (request, response) => {
    const parameters = formOf(request);
    const fault = faults.first('create', { to: parameters.get('To') ?? '', from: parameters.get('From') });
    if (await interfereBefore(pace, fault, request, response)) return;
    const message = createMessage(carrier, accountOf(request), parameters);
    const answer = messageResource(message);
    if (await interfereAfter(pace, fault, request, response)) return;
    response.status(201).json(answer);
  });

  router.get('/Messages.json', async (request, response) => {
    const query = new URL(request.originalUrl, 'http://simulator').searchParams;
    const fault = faults.first('list', { to: query.get('To') ?? undefined, from: query.get('From') });
    if (await interfereBefore(pace, fault, request, response)) return;
    const hideSince = fault?.kind === 'stale' ? new Date(carrier.now().getTime() - fault.ms) : undefined;
    const path = `/2010-04-01/Accounts/${accountOf(request)}/Messages.json`;
    response.json(listMessages(log, accountOf(request), query, { path, hideSince }));
  });

  router
    .route('/Messages/:sid.json')
    .get((request, response) => {
      response.json(messageResource(messageOf(request)));
    })
    .post(form, (request, response) => {
      const message = messageOf(request);
      const parameters = formOf(request);
      if (parameters.get('Body')) throw new RestError(20001, 'Body can only be emptied');
      if (parameters.has('Body')) log.change(message, { body: '' });
      if (parameters.has('Status')) {
        if (parameters.get('Status') !== 'canceled') throw new RestError(20001, 'Status can only be set to canceled');
        if (message.status !== 'scheduled') throw new RestError(30409);
        log.change(message, { status: 'canceled' });
      }
      response.json(messageResource(message));
    })
    .delete((request, response) => {
      log.delete(messageOf(request));
      response.status(204).end();
    });

  router.get('/Messages/:sid/Media.json', (request, response) => {
    const message = messageOf(request);
    const uri = `${request.originalUrl.split('?')[0]}?PageSize=50&Page=0`;
    response.json({
      end: Math.max(0, message.media.length - 1),
      first_page_uri: uri,
      media_list: message.media.map((media) => mediaResource(message, media)),
      next_page_uri: null,
      page: 0,
      page_size: 50,
      previous_page_uri: null,
      start: 0,
      uri,
    });
  });

  router
    .route('/Messages/:sid/Media/:mediaSid.json')
    .get((request, response) => {
      response.json(mediaResource(messageOf(request), mediaOf(request)));
    })
    .delete((request, response) => {
      const message = messageOf(request);
      const media = mediaOf(request);
      message.media = message.media.filter((kept) => kept !== media);
      response.status(204).end();
    });

  router.get('/Messages/:sid/Media/:mediaSid', (request, response) => {
    const { content, contentType } = mediaOf(request);
    if (!Buffer.isBuffer(content)) return response.redirect(307, content.url);
    // A phone may send anything: never let a browser run it on the gateway's own origin.
    response.set({ 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff' });
    response.type(contentType ?? 'application/octet-stream').send(content);
  });

  router.use(incomingNumbers(carrier));
  router.use(() => {
    throw new RestError(20404);
  });
  router.use(answerRefusal);
  return router;

  function messageOf(request: Request): Message {
    const message = log.find(String(request.params.sid));
    if (message === undefined || message.deleted || message.accountSid !== accountOf(request)) {
      throw new RestError(20404);
    }
    return message;
  }

  function mediaOf(request: Request): Media {
    const media = messageOf(request).media.find((candidate) => candidate.sid === request.params.mediaSid);
    if (media === undefined) throw new RestError(20404);
    return media;
  }
}

function accountOf(request: Request): string {
  return String(request.params.accountSid);
}

function formOf(request: Request): URLSearchParams {
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '');
}
