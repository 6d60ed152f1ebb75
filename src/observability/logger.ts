import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Fields of foreign errors that are safe to log. Others carry message texts and credentials (axios, model providers). */
const ERROR_FIELDS = ['code', 'status', 'statusCode', 'kind', 'retryable', 'constraint', 'table', 'routine'] as const;

export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const fields: Record<string, unknown> = { type: error.name, message: error.message, stack: error.stack };
  for (const name of ERROR_FIELDS) {
    const value = (error as unknown as Record<string, unknown>)[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
  }
  if (error.cause !== undefined) fields.cause = errorFields(error.cause);
  return fields;
}

/** Lines are written together when this much has gathered, and at least this often. */
const FLUSH = { bytes: 4_096, ms: 100 };

export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields },
    },
    destination ?? pino.destination({ fd: 1, sync: false, minLength: FLUSH.bytes, periodicFlush: FLUSH.ms }),
  );
}

/** A phone number, address or thread key with all digits but the last two of each number hidden. */
export function masked(text: string): string {
  return text.replace(/\d{3,}/g, (digits) => `${'•'.repeat(Math.min(6, digits.length - 2))}${digits.slice(-2)}`);
}

/** A session id with the address in it masked; the part after the last slash only tells sessions apart. */
export function maskedSession(sessionId: string): string {
  const slash = sessionId.lastIndexOf('/');
  return slash === -1 ? masked(sessionId) : masked(sessionId.slice(0, slash)) + sessionId.slice(slash);
}
