import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { isSameSecret } from '../../http/tokens.ts';

export type Role = 'operator' | 'viewer';

export const SESSION_COOKIE = 'tandem_console';
/** A working day; then one logs in again. */
export const SESSION_AGE = 12 * 3_600_000;

const content = z.object({ role: z.enum(['operator', 'viewer']), until: z.number() });

/**
 * Sessions as signed cookies. The role's token is part of the key, so that a changed token ends all sessions that were
 * opened with the old one.
 */
export function createSessionCookies(parts: {
  secretsKey: Buffer;
  tokenOf: (role: Role) => string | undefined;
  now: () => Date;
}) {
  function signature(role: Role, text: string): string | undefined {
    const token = parts.tokenOf(role);
    if (token === undefined) return undefined;
    const key = createHmac('sha256', parts.secretsKey).update(`console session ${role} ${token}`).digest();
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  return {
    issue(role: Role): string {
      const text = Buffer.from(JSON.stringify({ role, until: parts.now().getTime() + SESSION_AGE })).toString(
        'base64url',
      );
      return `${text}.${signature(role, text)}`;
    },
    /** The role in a Cookie header; undefined when there is none, or it is not ours, or too old. */
    read(header: string | undefined): Role | undefined {
      for (const value of valuesOf(header)) {
        const [text = '', given = ''] = value.split('.');
        const parsed = content.safeParse(parsedJson(text));
        if (!parsed.success || parsed.data.until <= parts.now().getTime()) continue;
        const expected = signature(parsed.data.role, text);
        if (expected !== undefined && isSameSecret(given, expected)) return parsed.data.role;
      }
      return undefined;
    },
  };
}

/** A neighbour on another path or port of the host may have set one of the same name: each is tried. */
function valuesOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .map((pair) => pair.slice(SESSION_COOKIE.length + 1))
    .slice(0, 5);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
