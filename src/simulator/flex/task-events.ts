import type { Carrier } from '../carrier.ts';
import { deliverEvent } from '../deliver-event.ts';
import { newSid } from '../sid.ts';
import type { Reservation, Task } from './store.ts';

/** Tells the workspace's event callback, and the event stream, what happened to a task or to an offer of it. */
export function tellTask(carrier: Carrier, task: Task, event: string, reservation?: Reservation): void {
  carrier.publish(event, () => taskTestimony(carrier, task));
  const workspace = carrier.flex.workspaceOf(task.accountSid, task.workspaceSid);
  const url = workspace.eventCallbackUrl ?? carrier.defaults.tasks();
  const account = carrier.accounts.find(({ sid }) => sid === task.accountSid);
  const isWanted = workspace.eventsFilter.length === 0 || workspace.eventsFilter.includes(event);
  if (url === undefined || account === undefined || !isWanted) return;
  const at = carrier.now();
  const fields: Record<string, string> = {
    Sid: newSid('EV'),
    AccountSid: task.accountSid,
    EventType: event,
    EventDescription: `${event} ${task.sid}`,
    Timestamp: String(Math.floor(at.getTime() / 1000)),
    TimestampMs: String(at.getTime()),
    ResourceType: reservation === undefined ? 'task' : 'reservation',
    ResourceSid: reservation?.sid ?? task.sid,
    WorkspaceSid: task.workspaceSid,
    WorkspaceName: workspace.friendlyName,
    WorkflowSid: task.workflowSid ?? '',
    TaskQueueSid: task.queueSid,
    TaskSid: task.sid,
    TaskAttributes: task.attributes,
    TaskAssignmentStatus: task.status,
    TaskPriority: String(task.priority),
    TaskAge: String(Math.floor((at.getTime() - task.createdAt.getTime()) / 1000)),
    TaskChannelUniqueName: task.channelUniqueName,
    TaskVersion: String(task.version),
    ...(reservation !== undefined && {
      ReservationSid: reservation.sid,
      WorkerSid: reservation.worker.sid,
      WorkerName: reservation.worker.name,
    }),
    ...(task.reason !== null && { Reason: task.reason }),
    ...(task.reason !== null && task.status === 'canceled' && { TaskCanceledReason: task.reason }),
    ...(task.reason !== null && task.status === 'completed' && { TaskCompletedReason: task.reason }),
  };
  const webhook = { url, method: 'POST' as const, authToken: account.authToken, fields };
  void carrier.pace.track(deliverEvent(carrier, webhook));
}

/** A task as the desk and the event stream see it. */
export function taskTestimony(carrier: Carrier, task: Task) {
  const { reservations, onlyFor, ...rest } = task;
  const channel = carrier.flex.interactionOfTask(task)?.channel;
  return {
    ...rest,
    attributes: JSON.parse(task.attributes) as unknown,
    conversationSid: channel?.conversationSid ?? null,
    onlyFor: onlyFor?.name ?? null,
    offers: reservations.map(({ sid, worker, status }) => ({ sid, worker: worker.name, status })),
    agent: agentOf(task),
  };
}

/** Who has the task, or had it last. */
function agentOf(task: Task): string | null {
  const taken = task.reservations.findLast(({ status }) => ['accepted', 'wrapping', 'completed'].includes(status));
  return taken?.worker.name ?? null;
}
