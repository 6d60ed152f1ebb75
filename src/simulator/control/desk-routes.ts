import express, { type Request, Router } from 'express';
import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { acceptOffer, endChat, park, writeAsAgent } from '../flex/agents.ts';
import { builtInFlex, firstWorker, type Task, workerOf } from '../flex/store.ts';
import { taskTestimony } from '../flex/task-events.ts';
import { completeTask, expireTask, rejectTask } from '../flex/tasks.ts';
import { RestError } from '../rest-errors.ts';
import { fixedSid } from '../sid.ts';
import { filesOf, writing } from './conversation-routes.ts';
import { handoffs } from './handoffs.ts';

const taking = z.strictObject({ agent: z.string().min(1).max(256).default(firstWorker.name) });

/** The desk of Flex's agents: what waits, what they have, and what they do with it. */
export function deskControl(carrier: Carrier): Router {
  const router = Router();
  const json = express.json({ limit: '7mb' });
  const find = (request: Request): Task => {
    const task = carrier.flex.tasks.get(String(request.params.sid));
    if (task === undefined) throw new RestError(20404);
    return task;
  };

  router.get('/flex', (_request, response) => {
    response.json({
      accounts: carrier.accounts.map(({ sid }) => ({
        accountSid: sid,
        ...builtInFlex(sid),
        serviceSid: carrier.conversations.defaultService(sid).sid,
        flowSid: fixedSid('FW', sid),
        agent: firstWorker.name,
      })),
    });
  });
  router.get('/tasks', (_request, response) => {
    response.json({ tasks: [...carrier.flex.tasks.values()].map((task) => taskTestimony(carrier, task)) });
  });
  router.get('/tasks/:sid', (request, response) => {
    response.json(taskTestimony(carrier, find(request)));
  });

  const act = (name: string, doIt: (task: Task, request: Request) => unknown) =>
    router.post(`/tasks/:sid/${name}`, json, async (request, response) => {
      const task = find(request);
      await doIt(task, request);
      response.json(taskTestimony(carrier, task));
    });
  act('accept', (task, { body }) => acceptOffer(carrier, task, workerOf(taking.parse(body ?? {}).agent)));
  act('reject', (task) => rejectTask(carrier, task));
  // Nobody comes: as when the time that the task may wait is over.
  act('expire', (task) => expireTask(carrier, task));
  act('park', (task) => park(carrier, task));
  act('end', (task) => endChat(carrier, task));
  act('complete', (task) => completeTask(carrier, task));
  act('messages', async (task, request) => {
    const { body, media } = writing.parse(request.body);
    const sid = carrier.flex.interactionOfTask(task)?.channel.conversationSid;
    const conversation = carrier.conversations.get(sid ?? '');
    if (conversation === undefined) throw new RestError(20409, 'The task has no conversation');
    const { told } = await writeAsAgent(carrier, task, { body, media: filesOf(carrier, conversation, media) });
    await told;
  });

  router.get('/handoffs', (_request, response) => {
    response.json({ handoffs: handoffs(carrier) });
  });
  return router;
}
