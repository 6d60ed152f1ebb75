import type { Carrier } from '../carrier.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { firstWorker, type Reservation, type Task, type Worker } from './store.ts';
import { tellTask } from './task-events.ts';

type Draft = Pick<Task, 'accountSid' | 'workspaceSid' | 'queueSid'> &
  Partial<Pick<Task, 'workflowSid' | 'onlyFor' | 'channelUniqueName' | 'attributes' | 'priority' | 'timeoutSeconds'>>;

/** The task is there at once; `offerTask` brings it to a desk. */
export function createTask(carrier: Carrier, draft: Draft): Task {
  const at = carrier.now();
  const task: Task = {
    workflowSid: null,
    onlyFor: null,
    channelUniqueName: 'default',
    attributes: '{}',
    priority: 0,
    timeoutSeconds: 86_400,
    ...draft,
    sid: newSid('WT'),
    status: 'pending',
    reason: null,
    version: 0,
    reservations: [],
    createdAt: at,
    updatedAt: at,
    endedAt: null,
  };
  carrier.flex.tasks.set(task.sid, task);
  return task;
}

/** Tells of the task and offers it to a worker; when nobody takes it in time, it is cancelled. */
export function offerTask(carrier: Carrier, task: Task): void {
  tellTask(carrier, task, 'task.created');
  reserve(carrier, task, task.onlyFor ?? firstWorker);
  void carrier.pace.wait(task.timeoutSeconds * 1000).then(() => expireTask(carrier, task));
}

export function isWaiting(task: Task): boolean {
  return task.status === 'pending' || task.status === 'reserved';
}

function change(carrier: Carrier, task: Task, values: Partial<Task>): void {
  Object.assign(task, values, { updatedAt: carrier.now(), version: task.version + 1 });
}

function settle(carrier: Carrier, task: Task, reservation: Reservation, status: Reservation['status']): void {
  Object.assign(reservation, { status, updatedAt: carrier.now() });
  tellTask(carrier, task, `reservation.${status === 'wrapping' ? 'wrapup' : status}`, reservation);
}

function reserve(carrier: Carrier, task: Task, worker: Worker): Reservation {
  const at = carrier.now();
  const reservation: Reservation = { sid: newSid('WR'), worker, status: 'pending', createdAt: at, updatedAt: at };
  task.reservations.push(reservation);
  change(carrier, task, { status: 'reserved' });
  tellTask(carrier, task, 'reservation.created', reservation);
  return reservation;
}

function openOffer(task: Task): Reservation | undefined {
  return task.reservations.find(({ status }) => status === 'pending');
}

/** The offer that the agent who has the task took. */
export function takenOffer(task: Task): Reservation | undefined {
  return task.reservations.findLast(({ status }) => status === 'accepted' || status === 'wrapping');
}

export function acceptTask(carrier: Carrier, task: Task, worker: Worker): Reservation {
  if (!isWaiting(task)) throw new RestError(20409, `The task is ${task.status}`);
  const offer = openOffer(task);
  if (offer !== undefined && offer.worker.sid !== worker.sid) settle(carrier, task, offer, 'rescinded');
  const reservation = openOffer(task) ?? reserve(carrier, task, worker);
  change(carrier, task, { status: 'assigned' });
  settle(carrier, task, reservation, 'accepted');
  return reservation;
}

/** Back to the queue, where it waits for somebody else; a task for one worker only ends here. */
export function rejectTask(carrier: Carrier, task: Task): void {
  if (!isWaiting(task)) throw new RestError(20409, `The task is ${task.status}`);
  const offer = openOffer(task) ?? reserve(carrier, task, firstWorker);
  change(carrier, task, { status: 'pending' });
  settle(carrier, task, offer, 'rejected');
  if (task.onlyFor !== null) cancelTask(carrier, task, 'The worker declined');
}

export function wrapUpTask(carrier: Carrier, task: Task, reason: string | null = null): void {
  if (task.status !== 'assigned') throw new RestError(20409, `The task is ${task.status}`);
  const reservation = takenOffer(task);
  change(carrier, task, { status: 'wrapping', reason });
  if (reservation !== undefined) settle(carrier, task, reservation, 'wrapping');
  tellTask(carrier, task, 'task.wrapup');
}

export function completeTask(carrier: Carrier, task: Task, reason: string | null = null): void {
  if (task.status !== 'assigned' && task.status !== 'wrapping') {
    throw new RestError(20409, `The task is ${task.status}`);
  }
  const reservation = takenOffer(task);
  change(carrier, task, { status: 'completed', reason, endedAt: carrier.now() });
  if (reservation !== undefined) settle(carrier, task, reservation, 'completed');
  tellTask(carrier, task, 'task.completed');
}

/** Only what nobody has taken can be cancelled. */
export function cancelTask(carrier: Carrier, task: Task, reason: string): void {
  if (!isWaiting(task)) throw new RestError(20409, `The task is ${task.status}`);
  const offer = openOffer(task);
  change(carrier, task, { status: 'canceled', reason, endedAt: carrier.now() });
  if (offer !== undefined) settle(carrier, task, offer, 'canceled');
  tellTask(carrier, task, 'task.canceled');
}

/** Nobody came. */
export function expireTask(carrier: Carrier, task: Task): void {
  if (!isWaiting(task)) return;
  const offer = openOffer(task);
  if (offer !== undefined) settle(carrier, task, offer, 'timeout');
  tellTask(carrier, task, 'workflow.timeout');
  cancelTask(carrier, task, 'Task canceled on Workflow timeout');
}

export function deleteTask(carrier: Carrier, task: Task): void {
  carrier.flex.tasks.delete(task.sid);
  tellTask(carrier, task, 'task.deleted');
}

/** Changes what a task says about itself. */
export function updateTask(
  carrier: Carrier,
  task: Task,
  values: Partial<Pick<Task, 'attributes' | 'priority' | 'channelUniqueName'>>,
): void {
  change(carrier, task, values);
  tellTask(carrier, task, 'task.updated');
}
