import type { Request } from 'express';
import { TandemError } from '../../http/errors.ts';

/** Sent by our own pages and by scripts; another site cannot make a browser send it without asking us first. */
const CONSOLE_HEADER = 'x-tandem-console';

/**
 * Throws unless a request whose right to act a browser adds by itself (a cookie, being on this machine) was made by a page
 * of ours. What the browser says of its origin decides; a browser that says nothing (or a script) has to send our header.
 */
export function requireSameOrigin(request: Request, publicUrl: string | undefined): void {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const refuse = (why: string) => {
    throw new TandemError('crossSite', why);
  };
  // Somebody who typed the address ("none") may read.
  if (site !== undefined && site !== 'same-origin' && !(reads && site === 'none')) refuse(`Sec-Fetch-Site is ${site}.`);
  if (origin !== undefined && !isOwnOrigin(origin, request.get('host'), publicUrl)) refuse('Its Origin is not ours.');
  if (reads || site === 'same-origin' || origin !== undefined) return;
  if (request.get(CONSOLE_HEADER) === undefined) refuse(`Send the header ${CONSOLE_HEADER}: 1.`);
}

function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const given = new URL(origin).host;
  return given === host || (publicUrl !== undefined && given === new URL(publicUrl).host);
}
