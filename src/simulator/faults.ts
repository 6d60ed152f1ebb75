import { z } from 'zod';

const ms = z.number().int().min(0).max(600_000);
const repetitions = z.number().int().min(1).max(100);
const httpStatus = z.number().int().min(400).max(599);

const status = z.strictObject({
  kind: z.literal('status'),
  status: httpStatus,
  code: z.number().int().optional(),
  retryAfter: z.number().int().min(0).optional(),
});
const slow = z.strictObject({ kind: z.literal('slow'), ms });
const reset = z.strictObject({ kind: z.literal('reset') });

const createFault = z.discriminatedUnion('kind', [
  status,
  slow,
  reset,
  z.strictObject({ kind: z.literal('accept-then-hang'), ms: ms.optional() }),
  z.strictObject({ kind: z.literal('accept-then-reset') }),
  z.strictObject({ kind: z.literal('accept-then-status'), status: httpStatus }),
]);
const listFault = z.discriminatedUnion('kind', [status, slow, reset, z.strictObject({ kind: z.literal('stale'), ms })]);
/** On any request to Conversations, Flex, TaskRouter or Studio; `stale` strikes lists only. */
const callFault = z.discriminatedUnion('kind', [
  ...createFault.options,
  z.strictObject({ kind: z.literal('stale'), ms }),
]);
const webhookFault = z.discriminatedUnion('kind', [
  slow,
  reset,
  z.strictObject({ kind: z.literal('lose') }),
  // Held back until some other webhook was answered.
  z.strictObject({ kind: z.literal('out-of-order') }),
  z.strictObject({ kind: z.literal('duplicate'), times: repetitions.default(1) }),
]);
const receiptFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('out-of-order') }),
  z.strictObject({ kind: z.literal('repeat'), times: repetitions.default(1) }),
  z.strictObject({ kind: z.literal('delay'), ms }),
  z.strictObject({ kind: z.literal('lose') }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.enum(['failed', 'undelivered']),
    errorCode: z.number().int().default(30008),
  }),
]);
/** The interaction is accepted, then its channel fails and its task is cancelled. */
const interactionFault = z.strictObject({
  kind: z.literal('fail'),
  errorCode: z.number().int().default(19025),
});

const often = {
  times: z.number().int().min(1).optional(),
  chance: z.number().min(0).max(1).optional(),
};
const when = { to: z.string().optional(), from: z.string().optional(), ...often };
const rule = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('create'), ...when, do: createFault }),
  z.strictObject({ on: z.literal('list'), ...when, do: listFault }),
  z.strictObject({
    on: z.literal('call'),
    method: z.enum(['GET', 'POST', 'DELETE']).optional(),
    /** The collections of the path, without SIDs and the service: `Conversations/Messages`, `Workspaces/Tasks`. */
    resource: z.string().optional(),
    ...often,
    do: callFault,
  }),
  /** `event` is the EventType of a webhook of Conversations, Flex or TaskRouter. */
  z.strictObject({ on: z.literal('webhook'), event: z.string().optional(), ...when, do: webhookFault }),
  z.strictObject({ on: z.literal('interaction'), ...often, do: interactionFault }),
  z.strictObject({ on: z.literal('receipt'), ...when, do: receiptFault }),
]);

/** A list of rules, or an object that also sets the seed of their chances. */
export const faultPlan = z.preprocess(
  (body) => (Array.isArray(body) ? { rules: body } : body),
  z.strictObject({ seed: z.number().int().optional(), rules: z.array(rule).max(1000) }),
);

export type FaultRule = z.output<typeof rule>;
type FaultOn<On extends FaultRule['on']> = Extract<FaultRule, { on: On }>['do'];
export type CreateFault = FaultOn<'create'>;
export type ListFault = FaultOn<'list'>;
export type CallFault = FaultOn<'call'>;
export type ReceiptFault = FaultOn<'receipt'>;

/** What a rule may ask about the moment at which it could strike. */
type Moment = { to?: string; from?: string | null; method?: string; resource?: string; event?: string };
const conditions = ['to', 'from', 'method', 'resource', 'event'] as const satisfies (keyof Moment)[];

export type Faults = ReturnType<typeof createFaults>;

/** What goes wrong, by rules that are tried in order. The same seed and the same requests give the same faults. */
export function createFaults(initialSeed: number) {
  let rules: FaultRule[] = [];
  let random = seededRandom(initialSeed);
  const injected = { create: 0, list: 0, call: 0, webhook: 0, interaction: 0, receipt: 0 };

  function draw<On extends FaultRule['on']>(on: On, moment: Moment): FaultOn<On>[] {
    const drawn = rules.filter(
      (candidate) =>
        candidate.on === on &&
        conditions.every((name) => {
          const asked = (candidate as Moment)[name];
          return asked === undefined || asked === moment[name];
        }) &&
        candidate.times !== 0 &&
        (candidate.chance === undefined || random() < candidate.chance),
    );
    return drawn.map((candidate) => candidate.do as FaultOn<On>);
  }

  function use(fault: FaultRule['do']): void {
    const used = rules.find((candidate) => candidate.do === fault);
    if (used === undefined) return;
    injected[used.on] += 1;
    if (used.times !== undefined) used.times -= 1;
  }

  return {
    replace(plan: { seed?: number; rules: FaultRule[] }): void {
      rules = structuredClone(plan.rules);
      random = seededRandom(plan.seed ?? initialSeed);
    },
    clear(): void {
      rules = [];
    },
    /** The rules as they stand: `times` says how often each will still strike. */
    rules: (): readonly FaultRule[] => rules,
    injected,

    /** The first rule that strikes. */
    first<On extends Exclude<FaultRule['on'], 'receipt'>>(on: On, moment: Moment): FaultOn<On> | undefined {
      const [fault] = draw(on, moment);
      if (fault !== undefined) use(fault);
      return fault;
    },
    /** Every rule that strikes: a receipt may be late, repeated and out of order at once. */
    onReceipt(address: { to: string; from: string | null }): ReceiptFault[] {
      const drawn = draw('receipt', address);
      for (const fault of drawn) use(fault);
      return drawn;
    },
  };
}

/** mulberry32 */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
