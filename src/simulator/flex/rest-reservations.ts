import type { Carrier } from '../carrier.ts';
import { type Call, isoDate, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { acceptOffer } from './agents.ts';
import { taskOf } from './find-task.ts';
import type { Reservation, Task } from './store.ts';
import { completeTask, rejectTask, wrapUpTask } from './tasks.ts';

const path = '/Workspaces/:workspaceSid/Tasks/:taskSid/Reservations';

/** Offers of tasks, which a worker's own software answers here as the desk does over the control routes. */
export function reservationRoutes(carrier: Carrier): Route[] {
  const find = (call: Call): [Task, Reservation] => {
    const task = taskOf(carrier, call);
    const reservation = task.reservations.find(({ sid }) => sid === call.params.sid);
    if (reservation === undefined) throw new RestError(20404);
    return [task, reservation];
  };
  return [
    {
      method: 'get',
      path,
      handle: (call) => {
        const task = taskOf(carrier, call);
        return pageOf(call, {
          key: 'reservations',
          items: task.reservations,
          show: (reservation) => reservationResource(task, reservation),
        });
      },
    },
    {
      method: 'get',
      path: `${path}/:sid`,
      handle: (call) => ({ body: reservationResource(...find(call)) }),
    },
    {
      method: 'post',
      path: `${path}/:sid`,
      handle: async (call) => {
        const [task, reservation] = find(call);
        const status = call.form.get('ReservationStatus');
        if (status === 'accepted') await acceptOffer(carrier, task, reservation.worker);
        else if (status === 'rejected') rejectTask(carrier, task);
        else if (status === 'wrapping') wrapUpTask(carrier, task);
        else if (status === 'completed') completeTask(carrier, task);
        else throw new RestError(20001, 'ReservationStatus');
        return { body: reservationResource(task, reservation) };
      },
    },
  ];
}

function reservationResource(task: Task, { sid, worker, status, createdAt, updatedAt }: Reservation) {
  const workspaceUrl = `https://taskrouter.twilio.com/v1/Workspaces/${task.workspaceSid}`;
  return {
    account_sid: task.accountSid,
    date_created: isoDate(createdAt),
    date_updated: isoDate(updatedAt),
    reservation_status: status,
    sid,
    task_sid: task.sid,
    worker_name: worker.name,
    worker_sid: worker.sid,
    workspace_sid: task.workspaceSid,
    url: `${workspaceUrl}/Tasks/${task.sid}/Reservations/${sid}`,
    links: { task: `${workspaceUrl}/Tasks/${task.sid}`, workspace: workspaceUrl },
  };
}
