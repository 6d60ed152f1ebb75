import type { ErrorRequestHandler } from 'express';
import { errorBody, TandemError } from '../../http/errors.ts';
import { isConnectionTrouble } from '../../store/database.ts';

/** The last middleware: any error becomes an entry of the catalogue. What is our own fault is logged with its cause. */
export function answerError(log: { error(fields: object, event: string): void }): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const known = catalogued(error);
    if (known.status >= 500) {
      log.error({ err: error, method: request.method, route: request.route?.path }, 'request.failed');
    }
    response.status(known.status).set(known.headers).json(errorBody(known));
  };
}

function catalogued(error: unknown): TandemError {
  if (error instanceof TandemError) return error;
  const { type, status, name } = error as { type?: string; status?: number; name?: string };
  // What Express and its body parser throw carries a status; the parser's also carry a type.
  if (status === 413) return new TandemError('bodyTooLarge');
  if (status === 415) return new TandemError('unsupportedMediaType', 'This path takes application/json in UTF-8.');
  if (type) return new TandemError('malformedBody', 'It is not JSON.');
  if (status === 400) return new TandemError('invalidParameter', 'The path is not properly percent-encoded.');
  const isTrouble = ['Error', 'error', 'AggregateError'].includes(name ?? '') && isConnectionTrouble(error);
  return new TandemError(isTrouble ? 'storeAway' : 'internal', undefined, { cause: error });
}
