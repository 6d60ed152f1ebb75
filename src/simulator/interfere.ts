import type { Request, Response } from 'express';
import type { CallFault, CreateFault, ListFault } from './faults.ts';
import type { Pace } from './pace.ts';
import { refusalBody } from './rest-errors.ts';

/** Strikes before the request is handled. Answers true when that was its end. */
export async function interfereBefore(
  pace: Pace,
  fault: CreateFault | ListFault | CallFault | undefined,
  request: Request,
  response: Response,
): Promise<boolean> {
  if (fault?.kind === 'slow') {
    await pace.wait(fault.ms);
    return request.socket.destroyed;
  }
  if (fault?.kind === 'reset') {
    request.socket.destroy();
    return true;
  }
  if (fault?.kind === 'status') {
    if (fault.retryAfter !== undefined) response.set('Retry-After', String(fault.retryAfter));
    answerFailure(response, fault.status, fault.code);
    return true;
  }
  return false;
}

/** Strikes after the request took effect: the caller cannot know that it did. Answers true when that was its end. */
export async function interfereAfter(
  pace: Pace,
  fault: CreateFault | CallFault | undefined,
  request: Request,
  response: Response,
): Promise<boolean> {
  if (fault?.kind === 'accept-then-hang') {
    if (fault.ms === undefined) return true;
    await pace.wait(fault.ms);
    return request.socket.destroyed;
  }
  if (fault?.kind === 'accept-then-reset') {
    request.socket.destroy();
    return true;
  }
  if (fault?.kind === 'accept-then-status') {
    answerFailure(response, fault.status);
    return true;
  }
  return false;
}

/** A gateway in front of the API (502, 504) answers with HTML, the API itself with JSON. */
function answerFailure(response: Response, status: number, code?: number): void {
  response.status(status);
  if (code === undefined && (status === 502 || status === 504)) {
    response.type('html').send(`<html><body><h1>${status}</h1></body></html>`);
    return;
  }
  const usual = status === 429 ? 20429 : status >= 500 ? 20500 : 20001;
  const message = status === 429 ? 'Too Many Requests' : 'Simulated failure';
  response.json(refusalBody(code ?? usual, message, status));
}
