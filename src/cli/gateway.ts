import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { Failure, UsageError } from './failure.ts';

const PATIENCE = 30_000;

/** Options that every command has which speaks with a running gateway. */
export const gatewayOptions = {
  url: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const gatewayHelp = `  --url <url>      where the gateway is (default http://127.0.0.1:$PORT, or port 3000)
  --json           print JSON, for scripts
  --help           this

ADMIN_TOKEN in the environment is the login. In local mode, on the same machine, none is needed.`;

/** Exit codes of those commands, for their help. */
export const gatewayExitCodes = `Exit codes
  0  done
  1  the gateway refused, or failed; why, is told
  2  the command was not understood
  3  no gateway answers there
  4  the login was refused`;

/** The command line by its options; a UsageError where it is not understood. */
export function readArgs<Options extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

export type Gateway = { url: string; ask<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string): Promise<Answer> };

/** The console's API of a running gateway. */
export function gatewayAt(given: string | undefined, env: NodeJS.ProcessEnv = process.env): Gateway {
  const text = given ?? `http://127.0.0.1:${env.PORT || 3000}`;
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new UsageError(`--url ${text} is not a URL such as http://127.0.0.1:3000`);
  }
  const url = text.replace(/\/+$/, '');
  return {
    url,
    async ask<Answer>(method: string, path: string): Promise<Answer> {
      const response = await fetch(`${url}/console/api${path}`, {
        method,
        headers: {
          accept: 'application/json',
          'x-tandem-console': '1',
          ...(env.ADMIN_TOKEN && { authorization: `Bearer ${env.ADMIN_TOKEN}` }),
        },
        // The token does not follow a redirect to who knows where.
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE),
      }).catch((error: Error) => {
        if (error.name === 'TimeoutError')
          throw new Failure(3, `The gateway at ${url} took the request and did not answer.`);
        throw new Failure(
          3,
          `No gateway answers at ${url}. Start it with npx tandem start, or say where it is with --url.`,
        );
      });
      const body = await response.text();
      if (response.ok) return (body === '' ? undefined : parseJson(body, url)) as Answer;
      const message = (parseJson(body, url) as { message?: string }).message ?? `It answered ${response.status}.`;
      if (response.status === 401) throw new Failure(4, `${message} Set ADMIN_TOKEN to the gateway's.`);
      throw new Failure(response.status === 403 ? 4 : 1, message);
    },
  };
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(3, `What answers at ${url} is not Tandem.`);
  }
}
