import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, isoDate, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { fixedSid } from '../sid.ts';
import { workspaceOf } from './find-task.ts';
import { reservationRoutes } from './rest-reservations.ts';
import { taskRoutes } from './rest-tasks.ts';
import { builtInFlex, firstWorker, type Workspace } from './store.ts';

const path = '/Workspaces/:workspaceSid';

/** Twilio's TaskRouter API (v1): a workspace with one workflow, one queue and one worker, and the tasks in it. */
export function taskRouterRoutes(carrier: Carrier): Route[] {
  const find = (call: Call): Workspace => workspaceOf(carrier, call);
  const show = (workspace: Workspace): Answer => ({ body: workspaceResource(workspace) });

  /** A list of one, and that one by its SID. */
  const only = (
    collection: string,
    key: string,
    itemOf: (call: Call, workspace: Workspace) => { sid: string },
  ): Route[] => {
    const resource = (call: Call) => {
      const workspace = find(call);
      const item = itemOf(call, workspace);
      const url = `${workspaceUrl(workspace.sid)}/${collection}/${item.sid}`;
      const dates = { date_created: isoDate(workspace.createdAt), date_updated: isoDate(workspace.createdAt) };
      return {
        createdAt: workspace.createdAt,
        body: { account_sid: call.accountSid, workspace_sid: workspace.sid, ...dates, ...item, url, links: {} },
      };
    };
    return [
      {
        method: 'get',
        path: `${path}/${collection}`,
        handle: (call) => {
          const { body, createdAt } = resource(call);
          return pageOf(call, { key, items: [{ sid: body.sid, createdAt }], show: () => body });
        },
      },
      {
        method: 'get',
        path: `${path}/${collection}/:sid`,
        handle: (call) => {
          const { body } = resource(call);
          if (body.sid !== call.params.sid) throw new RestError(20404);
          return { body };
        },
      },
    ];
  };

  return [
    {
      method: 'get',
      path: '/Workspaces',
      handle: (call) => {
        carrier.flex.workspaceOf(call.accountSid, builtInFlex(call.accountSid).workspaceSid);
        const items = carrier.flex.workspaces(call.accountSid);
        return pageOf(call, { key: 'workspaces', items, show: workspaceResource });
      },
    },
    { method: 'get', path, handle: (call) => show(find(call)) },
    {
      method: 'post',
      path,
      handle: (call) => {
        const workspace = find(call);
        const { form } = call;
        if (form.has('EventCallbackUrl')) workspace.eventCallbackUrl = given(form, 'EventCallbackUrl') ?? null;
        if (form.has('EventsFilter')) {
          workspace.eventsFilter = (form.get('EventsFilter') ?? '').split(',').filter((event) => event !== '');
        }
        if (form.has('FriendlyName')) workspace.friendlyName = form.get('FriendlyName') ?? '';
        return show(workspace);
      },
    },
    ...only('Workflows', 'workflows', (call) => ({
      sid: builtInFlex(call.accountSid).workflowSid,
      friendly_name: 'Assign to Anyone',
      configuration: JSON.stringify({
        task_routing: { default_filter: { queue: builtInFlex(call.accountSid).queueSid } },
      }),
      task_reservation_timeout: 120,
      document_content_type: 'application/json',
      assignment_callback_url: null,
      fallback_assignment_callback_url: null,
    })),
    ...only('TaskQueues', 'task_queues', (call) => ({
      sid: builtInFlex(call.accountSid).queueSid,
      friendly_name: 'Everyone',
      target_workers: '1==1',
      max_reserved_workers: 1,
      task_order: 'FIFO',
    })),
    ...only('Workers', 'workers', () => ({
      sid: firstWorker.sid,
      friendly_name: firstWorker.name,
      attributes: '{}',
      available: true,
      activity_name: 'Available',
      activity_sid: fixedSid('WA', 'Available'),
    })),
    ...taskRoutes(carrier),
    ...reservationRoutes(carrier),
  ];
}

function workspaceUrl(sid: string): string {
  return `https://taskrouter.twilio.com/v1/Workspaces/${sid}`;
}

function workspaceResource(workspace: Workspace) {
  const url = workspaceUrl(workspace.sid);
  return {
    sid: workspace.sid,
    account_sid: workspace.accountSid,
    friendly_name: workspace.friendlyName,
    event_callback_url: workspace.eventCallbackUrl,
    events_filter: workspace.eventsFilter.length === 0 ? null : workspace.eventsFilter.join(','),
    default_activity_name: 'Offline',
    default_activity_sid: fixedSid('WA', 'Offline'),
    timeout_activity_name: 'Offline',
    timeout_activity_sid: fixedSid('WA', 'Offline'),
    multi_task_enabled: true,
    prioritize_queue_order: 'FIFO',
    date_created: isoDate(workspace.createdAt),
    date_updated: isoDate(workspace.createdAt),
    url,
    links: { tasks: `${url}/Tasks`, workflows: `${url}/Workflows`, workers: `${url}/Workers` },
  };
}
