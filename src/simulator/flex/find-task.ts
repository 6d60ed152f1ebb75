import type { Carrier } from '../carrier.ts';
import type { Call } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import type { Task, Workspace } from './store.ts';

export function workspaceOf(carrier: Carrier, call: Call): Workspace {
  const { workspaceSid = '' } = call.params;
  if (!/^WS[0-9a-fA-F]{32}$/.test(workspaceSid)) throw new RestError(20404);
  const workspace = carrier.flex.workspaceOf(call.accountSid, workspaceSid);
  if (workspace.accountSid !== call.accountSid) throw new RestError(20404);
  return workspace;
}

export function taskOf(carrier: Carrier, call: Call): Task {
  const task = carrier.flex.tasks.get(call.params.taskSid ?? '');
  if (task?.workspaceSid !== workspaceOf(carrier, call).sid) throw new RestError(20404);
  return task;
}
