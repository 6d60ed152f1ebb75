import { parseArgs } from 'node:util';
import { UsageError } from '../failure.ts';

export const help = `Brings assistants with their tools and knowledge into Tandem, from a file or from any server with the Assistants API.

  npx tandem import assistants.json
  npx tandem import --from https://assistants.example.com

Options
  --from <url>   a compatible server; its account is in SOURCE_ACCOUNT_SID and SOURCE_AUTH_TOKEN
                 (or an API key and its secret)
  --to <url>     where Tandem is                     (default http://127.0.0.1:$PORT, or port 3000)
  --dry-run      only tell what would be done
  --json         print the outcome as JSON, and nothing else
  --help         this

The file holds what GET /v1/Assistants/{id} answers, for one assistant or for several in a list or under "assistants"; a
tool or a source may also have its policy in it. Tandem's own account comes from the environment, as for npm start.

Importing again changes what was imported before: assistants are known by their name, tools and knowledge by their name
within the assistant. Nothing is ever removed. What no server tells (secrets, files) is listed at the end.

Exit codes
  0  everything was imported
  1  something was not; what, and why, is told
  2  the command was not understood`;

export type ImportOptions = {
  source: { file: string } | { url: string; account: string; token: string };
  /** Without a slash at its end. */
  target: string;
  dryRun: boolean;
  json: boolean;
};

/** The command line and the environment as options. */
export function readOptions(args: string[], env: Record<string, string | undefined>): ImportOptions {
  const { values, positionals } = parse(args, env.PORT ?? '3000');
  const [file, ...more] = positionals;
  if ((file === undefined) === (values.from === undefined) || more.length > 0) {
    throw new UsageError('Name one file, or a server: npx tandem import assistants.json');
  }
  const target = readUrl('--to', values.to);
  const { json, 'dry-run': dryRun } = values;
  if (file !== undefined) return { source: { file }, target, dryRun, json };
  const { SOURCE_ACCOUNT_SID: account, SOURCE_AUTH_TOKEN: token } = env;
  if (!account || !token)
    throw new UsageError('Set SOURCE_ACCOUNT_SID and SOURCE_AUTH_TOKEN to the account at --from.');
  return { source: { url: readUrl('--from', values.from as string), account, token }, target, dryRun, json };
}

function parse(args: string[], port: string) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        from: { type: 'string' },
        to: { type: 'string', default: `http://127.0.0.1:${port}` },
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readUrl(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new UsageError(`${name} ${text} is not a URL such as https://assistants.example.com`);
  }
  return text.replace(/\/+$/, '');
}
