import type { ErrorRequestHandler, RequestHandler } from 'express';
import { type Logger, masked } from '../observability/logger.ts';
import { isConnectionTrouble } from '../store/database.ts';
import { errorBody, TandemError } from './errors.ts';

/** The last middleware: any error becomes a catalogue entry and a JSON answer. Only our own faults are logged as errors. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const answer = error instanceof TandemError ? error : translated(error);
    if (answer.status >= 500) {
      // Paths name threads, and threads are named after phone numbers.
      log.error({ method: request.method, path: masked(request.path), err: error }, 'http.failed');
    }
    if (response.headersSent) return next(error);
    response.status(answer.status).set(answer.headers).json(errorBody(answer));
  };
}

export const notFound: RequestHandler = (request) => {
  throw new TandemError('notFound', `There is nothing at ${request.method} ${request.path}.`);
};

/** Errors of the body parsers and of the router carry a status; those of the database do not. */
function translated(error: { status?: number; type?: string }): TandemError {
  if (error.status === 413) return new TandemError('bodyTooLarge', undefined, { cause: error });
  if (error.status === 415) return new TandemError('unsupportedMediaType', undefined, { cause: error });
  if (error.status !== undefined && error.status < 500)
    return new TandemError('malformedBody', undefined, { cause: error });
  return new TandemError(error.status === undefined && isStoreError(error) ? 'storeAway' : 'internal', undefined, {
    cause: error,
  });
}

/** What pg says of a connection that broke carries no code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

function isStoreError(error: object): boolean {
  return 'code' in error ? isConnectionTrouble(error) : LOST.test((error as Error).message);
}
