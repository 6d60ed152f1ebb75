import { parseArgs } from 'node:util';
import { UsageError } from '../failure.ts';

export const help = `Points the webhooks of your Twilio account at this gateway. Shows what will change before it does.

  npx tandem connect +15551234567
  npx tandem connect --service MG…            a Messaging Service, with all its senders
  npx tandem connect --conversations IS…      the Conversations of a service
  npx tandem connect --flex                   handoffs: Flex and its TaskRouter workspace
  npx tandem connect --undo                   as it was before

Options
  --assistant <id>   who answers there              (default ASSISTANT_ID, or the first assistant)
  --url <url>        where Twilio reaches Tandem    (default PUBLIC_URL)
  --fallback <url>   asked when Tandem fails        (default Tandem once more)
  --workspace <WS…>  the TaskRouter workspace       (default FLEX_WORKSPACE_SID, or the one of Flex)
  --dry-run          only show what would change
  --yes              do not ask
  --undo             put back what was there before, everywhere or for what is named
  --help             this

It uses the account of the environment (TWILIO_ACCOUNT_SID …), as npm start does, and keeps what it replaced in
DATA_DIR. What somebody has changed since is not put back. WhatsApp senders outside of a Messaging Service have their
webhook in the Twilio Console: set it to …/webhooks/twilio/messaging.

Exit codes
  0  done, or nothing to do
  1  Twilio refused something; what, and why, is told
  2  the command was not understood, or not confirmed`;

export type ConnectOptions = {
  targets: Target[];
  assistantId: string | undefined;
  url: string | undefined;
  fallback: string | undefined;
  dryRun: boolean;
  yes: boolean;
  undo: boolean;
};

/** What of an account is to be pointed here. */
export type Target =
  | { kind: 'number'; number: string }
  | { kind: 'messagingService'; sid: string }
  | { kind: 'conversations'; sid: string }
  | { kind: 'flex'; workspaceSid: string | undefined };

export function readOptions(args: string[], env: Record<string, string | undefined>): ConnectOptions {
  const { values, positionals } = parse(args);
  const targets: Target[] = [
    ...positionals.map((number): Target => ({ kind: 'number', number: readNumber(number) })),
    ...values.service.map((sid): Target => ({ kind: 'messagingService', sid: readSid('--service', sid, 'MG') })),
    ...values.conversations.map(
      (sid): Target => ({ kind: 'conversations', sid: readSid('--conversations', sid, 'IS') }),
    ),
  ];
  if (values.flex) {
    const workspace = values.workspace ?? env.FLEX_WORKSPACE_SID;
    targets.push({ kind: 'flex', workspaceSid: workspace ? readSid('--workspace', workspace, 'WS') : undefined });
  }
  if (targets.length === 0 && !values.undo)
    throw new UsageError('Name what to connect: npx tandem connect +15551234567');
  return {
    targets,
    assistantId: values.assistant,
    url: readUrl('--url', values.url),
    fallback: readUrl('--fallback', values.fallback),
    dryRun: values['dry-run'],
    yes: values.yes,
    undo: values.undo,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        service: { type: 'string', multiple: true, default: [] },
        conversations: { type: 'string', multiple: true, default: [] },
        flex: { type: 'boolean', default: false },
        workspace: { type: 'string' },
        assistant: { type: 'string' },
        url: { type: 'string' },
        fallback: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        undo: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readNumber(text: string): string {
  const number = text.replace(/[\s().-]/g, '');
  if (!/^\+\d{5,15}$/.test(number)) throw new UsageError(`${text} is not a number such as +15551234567`);
  return number;
}

function readSid(option: string, text: string, prefix: string): string {
  if (new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(text)) return text;
  throw new UsageError(`${option} ${text} is not a SID: ${prefix} and 32 hexadecimal digits`);
}

function readUrl(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new UsageError(`${option} ${text} is not a URL such as https://tandem.example.com`);
  }
  return text.replace(/\/+$/, '');
}
