import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from 'ai';

export type FailureKind =
  | 'rate_limited'
  | 'timeout'
  | 'unauthorized'
  | 'no_key'
  | 'private_address'
  | 'rejected'
  | 'unavailable'
  | 'malformed'
  | 'empty';

/** One model that gave no answer. Holds nothing of the prompt, which the AI SDK's own errors carry whole. */
export type ModelFailure = {
  model: string;
  kind: FailureKind;
  status?: number;
  /** How long the provider wants to be left alone. */
  retryAfterMs?: number;
};

/** A model that answered with neither words nor calls. */
export class EmptyAnswerError extends Error {}

/** A model that went on and on. */
export class OverlongAnswerError extends Error {}

/** Failures that asking again, a little later, may mend. */
const passing: ReadonlySet<FailureKind> = new Set(['rate_limited', 'timeout', 'unavailable', 'malformed', 'empty']);

/** Every model that was asked has failed. */
export class ModelsFailedError extends Error {
  readonly failures: ModelFailure[];
  constructor(failures: ModelFailure[]) {
    super(`No model answered: ${failures.map(described).join(', ')}`);
    this.name = 'ModelsFailedError';
    this.failures = failures;
  }
  get retryable(): boolean {
    return this.failures.some(({ kind }) => passing.has(kind));
  }
  /** The shortest time that one of them wants to be left alone, if all that may answer later say so. */
  get retryAfterMs(): number | undefined {
    const waits = this.failures.filter(({ kind }) => passing.has(kind)).map(({ retryAfterMs }) => retryAfterMs ?? 0);
    return waits.length > 0 && Math.min(...waits) > 0 ? Math.min(...waits) : undefined;
  }
}

export function described({ model, kind, status }: Pick<ModelFailure, 'model' | 'kind' | 'status'>): string {
  return `${model} ${sentences[kind] ?? kind}${status ? ` (${status})` : ''}`;
}

/** Where the name of the failure does not say what to do. */
const sentences: Partial<Record<FailureKind, string>> = {
  no_key: 'has no key: give it one in model_settings.api_key, or in the environment',
  private_address: 'is at an address of a private network (ALLOW_PRIVATE_ADDRESSES)',
};

/** Why a model gave no answer, decided once, here where its answer is read. */
export function failureOf(model: string, error: unknown, now: Date): ModelFailure {
  if (APICallError.isInstance(error)) {
    const { statusCode: status, responseHeaders = {} } = error;
    // What came was no answer of theirs: an error page, half a body.
    if (status === undefined || status < 300) {
      return { model, kind: status === undefined ? kindOf(error.cause) : 'malformed', status };
    }
    const retryAfterMs = retryAfter(responseHeaders, now);
    return { model, kind: kindOfStatus(status), status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  return { model, kind: kindOf(error) };
}

function kindOfStatus(status: number): FailureKind {
  if (status === 429 || status === 529) return 'rate_limited';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 401 || status === 403) return 'unauthorized';
  return status >= 500 ? 'unavailable' : 'rejected';
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof EmptyAnswerError) return 'empty';
  if (error instanceof OverlongAnswerError) return 'malformed';
  if ((error as Error | undefined)?.name === 'TimeoutError') return 'timeout';
  const causes = [error, (error as Error | undefined)?.cause] as ({ code?: unknown } | undefined)[];
  if (causes.some((cause) => cause?.code === 'PRIVATE_ADDRESS')) return 'private_address';
  const isMalformed = [JSONParseError, TypeValidationError, InvalidResponseDataError].some((kind) =>
    kind.isInstance(error),
  );
  return isMalformed ? 'malformed' : 'unavailable';
}

/** `retry-after` in seconds or as a date, or OpenAI's `retry-after-ms`. */
function retryAfter(headers: Record<string, string>, now: Date): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(exact)) return exact;
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - now.getTime();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
