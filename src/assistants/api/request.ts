import express, { type Request, type RequestHandler, type Response } from 'express';
import { TandemError } from '../../http/errors.ts';
import type { Database } from '../../store/database.ts';
import type { SendMessage } from '../agent/send-message.ts';
import type { SendLater } from '../callback/send-later.ts';
import type { Limits } from '../limits.ts';

/** What every route of the API works with. */
export type ApiParts = {
  db: Database;
  now: () => Date;
  newId: () => string;
  sendMessage: SendMessage;
  sendLater: SendLater;
  /** Has a source of knowledge read, whose row says what is to be read. */
  enqueueIngestion: (knowledgeId: string) => Promise<void>;
  limits: Limits;
  /** Scheme, host and path prefix under which the caller reaches us, without a trailing slash. */
  baseUrl: (request: Request) => string;
  secretsKey: Buffer;
  log: { error(fields: object, event: string): void };
};

/** The account that the request was authenticated for. */
export const accountOf = (response: Response): string => response.locals.accountSid as string;

/** A part of the path; decoded after routing, so it may hold slashes. */
export const pathPart = (request: Request, name: string): string => request.params[name] as string;

/** The absolute address of the request. */
export const urlOf = (request: Request, baseUrl: ApiParts['baseUrl']): URL =>
  new URL(baseUrl(request) + request.originalUrl);

/** Reads a JSON body of at most `limit` bytes. */
export function jsonBody(limit: number): RequestHandler {
  const read = express.json({ limit, type: ['application/json', 'application/*+json'] });
  return (request, response, next) =>
    read(request, response, (error?: unknown) => {
      const isForeign = request.body === undefined && Number(request.get('content-length') ?? 0) > 0;
      next(error ?? (isForeign ? new TandemError('unsupportedMediaType', 'Here it has to be JSON.') : undefined));
    });
}

export function methodNotAllowed(): never {
  throw new TandemError('methodNotAllowed');
}

export function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TandemError('notFound');
  return value;
}

/** 204 is sent without any body or content type: the official client fails on one. */
export function done(response: Response, happened: boolean): void {
  if (!happened) throw new TandemError('notFound');
  response.status(204).end();
}
