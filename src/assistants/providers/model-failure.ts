import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from 'ai';

export type FailureKind =
  | 'rate_limited'
  | 'timeout'
  | 'unauthorized'
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
  if ((error as Error | undefined)?.name === 'TimeoutError') return 'timeout';
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
