import { fixedSid } from '../sid.ts';

export type Reservation = {
  sid: string;
  worker: Worker;
  status: 'pending' | 'accepted' | 'rejected' | 'timeout' | 'canceled' | 'rescinded' | 'wrapping' | 'completed';
  createdAt: Date;
  updatedAt: Date;
};

export type TaskStatus = 'pending' | 'reserved' | 'assigned' | 'wrapping' | 'completed' | 'canceled';

export type Task = {
  sid: string;
  accountSid: string;
  workspaceSid: string;
  workflowSid: string | null;
  queueSid: string;
  /** Set when the task is for one worker only: declined, it is cancelled. */
  onlyFor: Worker | null;
  channelUniqueName: string;
  /** JSON, as text. */
  attributes: string;
  status: TaskStatus;
  reason: string | null;
  priority: number;
  timeoutSeconds: number;
  /** Counts changes; the ETag. */
  version: number;
  reservations: Reservation[];
  createdAt: Date;
  updatedAt: Date;
  endedAt: Date | null;
};

/** A person at a desk. `name` is also the identity in conversations. */
export type Worker = { sid: string; name: string };

export type ChannelParticipant = {
  sid: string;
  type: 'supervisor' | 'customer' | 'external' | 'agent' | 'unknown';
  /** Of the agent's task. */
  task: Task | null;
  worker: Worker | null;
  createdAt: Date;
  leftAt: Date | null;
};

export type Transfer = {
  sid: string;
  type: 'cold' | 'warm';
  status: 'active' | 'failed' | 'completed';
  from: string;
  to: string;
  task: Task;
  createdAt: Date;
  updatedAt: Date;
};

export type Invite = { sid: string; task: Task; createdAt: Date };

export type Channel = {
  sid: string;
  type: string;
  status: 'setup' | 'active' | 'failed' | 'closed' | 'inactive';
  errorCode: number | null;
  errorMessage: string | null;
  conversationSid: string | null;
  participants: ChannelParticipant[];
  invites: Invite[];
  transfers: Transfer[];
  createdAt: Date;
};

export type Interaction = {
  sid: string;
  accountSid: string;
  initiatedBy: string;
  channel: Channel;
  contextSid: string | null;
  webhookTtid: string | null;
  createdAt: Date;
};

export type InteractionWebhook = {
  ttid: string;
  accountSid: string;
  url: string;
  method: 'POST' | 'GET';
  events: string[];
  type: 'global' | 'interaction';
  friendlyName: string | null;
  createdAt: Date;
};

export type Workspace = {
  sid: string;
  accountSid: string;
  friendlyName: string;
  eventCallbackUrl: string | null;
  /** Event types that are told, all when empty. */
  eventsFilter: string[];
  createdAt: Date;
};

export type FlexStore = ReturnType<typeof createFlexStore>;

/** What every account has of Flex from the start. */
export function builtInFlex(accountSid: string) {
  return {
    instanceSid: fixedSid('GO', accountSid),
    workspaceSid: fixedSid('WS', accountSid),
    workflowSid: fixedSid('WW', accountSid),
    queueSid: fixedSid('WQ', accountSid),
  };
}

/** The same worker for the same name. */
export function workerOf(name: string): Worker {
  return { sid: fixedSid('WK', name), name };
}

/** Who is offered tasks first. */
export const firstWorker = workerOf('sam');

export function createFlexStore(now: () => Date) {
  const interactions: Interaction[] = [];
  const tasks = new Map<string, Task>();
  const workspaces = new Map<string, Workspace>();
  const started = now();

  return {
    /** Oldest first. */
    interactions,
    /** Oldest first; tasks deleted over REST are gone. */
    tasks,
    webhooks: new Map<string, InteractionWebhook>(),

    /** Any SID of the right form names a workspace: an operator's own settings work unchanged. */
    workspaceOf(accountSid: string, sid: string): Workspace {
      const workspace = workspaces.get(sid) ?? {
        sid,
        accountSid,
        friendlyName: 'Flex Task Assignment',
        eventCallbackUrl: null,
        eventsFilter: [],
        createdAt: started,
      };
      workspaces.set(sid, workspace);
      return workspace;
    },
    workspaces: (accountSid: string): Workspace[] =>
      [...workspaces.values()].filter((workspace) => workspace.accountSid === accountSid),

    interactionOfTask: (task: Task): Interaction | undefined =>
      interactions.find(({ channel }) => channel.invites.some((invite) => invite.task === task)),

    forget(): void {
      interactions.length = 0;
      tasks.clear();
    },
  };
}
