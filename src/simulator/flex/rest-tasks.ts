import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, givenJson, isoDate, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { fixedSid } from '../sid.ts';
import { taskOf, workspaceOf } from './find-task.ts';
import { builtInFlex, type Task } from './store.ts';
import { cancelTask, completeTask, createTask, deleteTask, offerTask, updateTask, wrapUpTask } from './tasks.ts';

const path = '/Workspaces/:workspaceSid/Tasks';

export function taskRoutes(carrier: Carrier): Route[] {
  const show = (task: Task, status = 200): Answer => ({
    status,
    body: taskResource(carrier, task),
    headers: { ETag: etagOf(task) },
  });

  return [
    {
      method: 'get',
      path,
      handle: (call) => {
        const workspace = workspaceOf(carrier, call);
        const wanted = filterOf(call.query);
        const items = [...carrier.flex.tasks.values()].filter(
          (task) => task.workspaceSid === workspace.sid && wanted(task),
        );
        if (call.query.get('Ordering')?.includes('DateCreated:desc')) items.reverse();
        return pageOf(call, { key: 'tasks', items, show: (task) => taskResource(carrier, task) });
      },
    },
    {
      method: 'post',
      path,
      handle: (call) => {
        const { form } = call;
        givenJson(form, 'Attributes');
        const timeoutSeconds = Number(given(form, 'Timeout') ?? 86_400);
        if (!(timeoutSeconds >= 1 && timeoutSeconds <= 1_209_600)) throw new RestError(20001, 'Timeout');
        const task = createTask(carrier, {
          accountSid: call.accountSid,
          workspaceSid: workspaceOf(carrier, call).sid,
          workflowSid: given(form, 'WorkflowSid') ?? builtInFlex(call.accountSid).workflowSid,
          queueSid: given(form, 'TaskQueueSid') ?? builtInFlex(call.accountSid).queueSid,
          channelUniqueName: given(form, 'TaskChannel') ?? 'default',
          attributes: given(form, 'Attributes') ?? '{}',
          priority: Number(given(form, 'Priority') ?? 0),
          timeoutSeconds,
        });
        offerTask(carrier, task);
        return show(task, 201);
      },
    },
    { method: 'get', path: `${path}/:taskSid`, handle: (call) => show(taskOf(carrier, call)) },
    {
      method: 'post',
      path: `${path}/:taskSid`,
      handle: (call) => {
        const task = taskOf(carrier, call);
        checkMatch(call, task);
        const { form } = call;
        givenJson(form, 'Attributes');
        const attributes = given(form, 'Attributes');
        const priority = given(form, 'Priority');
        const channelUniqueName = given(form, 'TaskChannel');
        if (attributes ?? priority ?? channelUniqueName) {
          updateTask(carrier, task, {
            ...(attributes && { attributes }),
            ...(priority && { priority: Number(priority) }),
            ...(channelUniqueName && { channelUniqueName }),
          });
        }
        assign(carrier, task, given(form, 'AssignmentStatus'), given(form, 'Reason') ?? null);
        return show(task);
      },
    },
    {
      method: 'delete',
      path: `${path}/:taskSid`,
      handle: (call) => {
        const task = taskOf(carrier, call);
        checkMatch(call, task);
        deleteTask(carrier, task);
        return { status: 204 };
      },
    },
  ];
}

function assign(carrier: Carrier, task: Task, status: string | undefined, reason: string | null): void {
  if (status === undefined || status === task.status) return;
  if (status === 'canceled') cancelTask(carrier, task, reason ?? '');
  else if (status === 'completed') completeTask(carrier, task, reason);
  else if (status === 'wrapping') wrapUpTask(carrier, task, reason);
  else throw new RestError(20001, 'AssignmentStatus');
}

function etagOf(task: Task): string {
  return `"${task.version}"`;
}

/** Of two writers at once, the one that says which version it saw can be told that it came second. */
function checkMatch(call: Call, task: Task): void {
  const match = call.header('if-match');
  if (match !== undefined && match !== etagOf(task) && match !== String(task.version)) throw new RestError(20412);
}

function filterOf(query: URLSearchParams): (task: Task) => boolean {
  const statuses = query.getAll('AssignmentStatus').flatMap((text) => text.split(','));
  const workflowSid = query.get('WorkflowSid');
  const matches = expressionOf(query.get('EvaluateTaskAttributes'));
  return (task) =>
    (statuses.length === 0 || statuses.includes(task.status)) &&
    (workflowSid === null || task.workflowSid === workflowSid) &&
    matches(task);
}

/** The usual part of TaskRouter's language: attributes that equal texts, joined by AND or by OR. */
function expressionOf(text: string | null): (task: Task) => boolean {
  if (text === null) return () => true;
  const isOr = / OR /i.test(text);
  const terms = text.split(isOr ? / OR /i : / AND /i).map((term) => {
    const [, name, value] = /^\s*([\w.]+)\s*==?\s*["']([^"']*)["']\s*$/.exec(term) ?? [];
    if (name === undefined) throw new RestError(20001, 'EvaluateTaskAttributes');
    return (task: Task) => attributeOf(task, name) === value;
  });
  return (task) => (isOr ? terms.some((term) => term(task)) : terms.every((term) => term(task)));
}

function attributeOf(task: Task, path: string): unknown {
  let value: unknown = JSON.parse(task.attributes);
  for (const name of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

function taskResource(carrier: Carrier, task: Task) {
  const url = `https://taskrouter.twilio.com/v1/Workspaces/${task.workspaceSid}/Tasks/${task.sid}`;
  return {
    account_sid: task.accountSid,
    age: Math.floor((carrier.now().getTime() - task.createdAt.getTime()) / 1000),
    assignment_status: task.status,
    attributes: task.attributes,
    addons: '{}',
    date_created: isoDate(task.createdAt),
    date_updated: isoDate(task.updatedAt),
    task_queue_entered_date: isoDate(task.createdAt),
    priority: task.priority,
    reason: task.reason,
    sid: task.sid,
    task_queue_sid: task.queueSid,
    task_queue_friendly_name: 'Everyone',
    task_channel_sid: fixedSid('TC', task.channelUniqueName),
    task_channel_unique_name: task.channelUniqueName,
    timeout: task.timeoutSeconds,
    workflow_sid: task.workflowSid,
    workflow_friendly_name: 'Assign to Anyone',
    workspace_sid: task.workspaceSid,
    virtual_start_time: isoDate(task.createdAt),
    ignore_capacity: false,
    routing_target: task.onlyFor?.sid ?? null,
    url,
    links: {
      task_queue: `https://taskrouter.twilio.com/v1/Workspaces/${task.workspaceSid}/TaskQueues/${task.queueSid}`,
      workspace: `https://taskrouter.twilio.com/v1/Workspaces/${task.workspaceSid}`,
      reservations: `${url}/Reservations`,
    },
  };
}
