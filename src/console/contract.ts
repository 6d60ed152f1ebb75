/** What the console's API answers and its pages read: types alone, so that both sides may import them. */

export type Session = { role: 'operator' | 'viewer'; seesText: boolean; local: boolean };

export type Handling = 'assistant' | 'requested' | 'human';

export type ThreadRow = {
  key: string;
  channel: string;
  ours: string;
  theirs: string;
  identity: string;
  handling: Handling;
  assistantId: string | null;
  sessionId: string | null;
  settled: boolean;
  activeAt: string;
  /** The newest words, whoever said them; of a search, the words that were found. */
  preview: { from: 'customer' | 'us'; text: string; at: string } | null;
  /** What became of the newest turn. */
  turnState: string | null;
};

/** Where the next page begins: what the list's last row is sorted by. A search goes back in time from a turn. */
export type NextPage = { before: string; key?: string };

export type ThreadPage = { threads: ThreadRow[]; next: NextPage | null };

export type ThreadView = {
  key: string;
  channel: string;
  ours: string;
  theirs: string;
  identity: string;
  handling: Handling;
  handlingSince: string | null;
  /** Where the human sits who has it or is asked for: Flex, a Studio flow, or this console. */
  humanAt: string | null;
  sessionId: string | null;
  assistantId: string | null;
  settled: boolean;
  dueAt: string | null;
  optedOut: boolean;
};

export type HeardEntry = {
  kind: 'heard';
  id: string;
  at: string;
  receivedAt: string;
  type: string;
  source: string;
  sid: string | null;
  body: string | null;
  media: { url: string; contentType: string }[];
  handled: boolean;
  turnId: string | null;
  /** In a Conversation: who wrote it. */
  author: string | null;
  /** It is one of our people who wrote it. */
  colleague: boolean;
};

export type TurnEntry = {
  kind: 'turn';
  id: string;
  at: string;
  finishedAt: string | null;
  state: string;
  attempts: number;
  retryAt: string | null;
  retryRequested: boolean;
  reason: string | null;
  errorCode: string | null;
  assistantId: string | null;
  sessionId: string | null;
};

export type SaidEntry = {
  kind: 'said';
  id: string;
  at: string;
  purpose: string;
  body: string;
  status: string;
  sid: string | null;
  turnId: string | null;
  attempts: number;
  attemptedAt: string | null;
  updatedAt: string;
  errorCode: number | null;
  error: string | null;
  receipts: { status: string; at: string; errorCode: number | null }[];
};

/** A step on the way to a human or back. */
export type HandoffEntry = {
  kind: 'handoff';
  id: string;
  at: string;
  step: 'requested' | 'begun' | 'answered' | 'ended';
  target: string;
  requestedBy: string;
  reason: string | null;
  summary: string | null;
  outcome: string | null;
  error: string | null;
};

export type TimelineEntry = HeardEntry | TurnEntry | SaidEntry | HandoffEntry;

/** The newest stretch of a thread, oldest first; `earlier` is where the stretch before it ends. */
export type Timeline = { thread: ThreadView; entries: TimelineEntry[]; earlier: string | null };

/** What the assistant did for one turn, as its runtime noted it. */
export type Run = {
  model?: string;
  ms?: number;
  usage?: { inputTokens?: number; outputTokens?: number };
  attempts?: { model: string; ms: number; error?: string }[];
  tools?: { name: string; input: unknown; output: unknown; ms: number; error?: string }[];
  knowledge?: { source: string; title?: string; score?: number }[];
  guardrails?: { check: string; verdict: string; score?: number; action?: string }[];
};

export type RunView = { run: Run | null; sources: string[] };

export type Failure = {
  kind: 'turn' | 'message';
  id: string;
  threadKey: string;
  channel: string;
  theirs: string;
  failedAt: string;
  code: string | null;
  cause: string;
  advice: string;
  /** What the customer wrote, or what did not reach them. */
  text: string | null;
  attempts: number;
  retryRequested: boolean;
};

export type FailurePage = { failures: Failure[]; next: NextPage | null };

export type HealthRange = 'hour' | 'day';

/** Half of what was done took no longer than `p50`, all but a twentieth no longer than `p95`: in milliseconds. */
export type Latency = { p50: number; p95: number };

/** What came and went. Rates and latencies are null where nothing was that they could be of. */
export type Traffic = {
  received: number;
  answered: number;
  failed: number;
  sent: number;
  sendFailed: number;
  /** Of turns and sends together, from 0 to 1. */
  failureRate: number | null;
  latency: Record<'accept' | 'turn' | 'send', Latency | null>;
};

/** Messages that waited for their turn to end when the step ended, and how long the oldest of them had. */
export type Waiting = { waiting: number; oldestWaitingSeconds: number };

/** Calls of a provider's models by our own assistants; how long those took that brought an answer. */
export type Calls = { calls: number; failed: number; failureRate: number | null; latency: Latency | null };

/** In all of the range, and in each of its steps: oldest first, the last one under way. */
export type Course<Whole, Step = Whole> = { whole: Whole; steps: Step[] };
export type TrafficCourse = Course<Traffic, Traffic & Waiting>;
export type CallsCourse = Course<Calls>;

export type Health = {
  at: string;
  stepSeconds: number;
  /** When each step begins. */
  times: string[];
  now: { due: number; working: number; oldestDueSeconds: number; withHumans: number; failures: number };
  all: TrafficCourse;
  /** Those that had traffic. */
  channels: ({ name: string } & TrafficCourse)[];
  providers: ({ name: string } & CallsCourse)[];
  checks: { name: string; status: string }[];
};

export type About = {
  local: boolean;
  /** One of our own numbers, to text to. */
  ours: string;
  /** The assistants are another server's. */
  remoteAssistants: boolean;
  defaultAssistantId: string | null;
};
