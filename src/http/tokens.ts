import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { TandemError } from './errors.ts';

/** Compares secrets in constant time, whatever their lengths. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** A name for all processes that share this key. It tells nothing of the key. */
export function instanceOf(secretsKey: Buffer): string {
  return createHmac('sha256', secretsKey).update('instance').digest('hex').slice(0, 16);
}

/** Lets a request pass that carries `Authorization: Bearer <token>`. */
export function requireBearer(token: string): RequestHandler {
  return (request, _response, next) => {
    const [, given] = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
    if (given === undefined || !isSameSecret(given, token)) throw new TandemError('forbidden');
    next();
  };
}

/** What a proxy or a tunnel adds: then the request was made elsewhere, whoever brings it. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/**
 * Lets a request pass that comes from this machine and was meant for it: a page of another site that a browser here
 * is led to cannot forge the Host header.
 */
export function isLoopback(request: Pick<IncomingMessage, 'socket' | 'headers'>): boolean {
  if (FORWARDED.some((name) => request.headers[name] !== undefined)) return false;
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  const isLocalName = host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  return isLocalName && /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');
}
