import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from './failure.ts';

export const help = `Sends a text to the gateway that runs on this machine, as if from a phone, and prints the conversation
until it settles.

  npx tandem text "Hello"
  npx tandem text "What is this?" --media photo.jpg
  npx tandem text "Hi" --whatsapp --from +15551230002

Options
  --from <number>    the phone that texts             (default +15551230001)
  --to <number>      the gateway's number             (default +15550001000)
  --whatsapp         text over WhatsApp instead of SMS
  --media <file|url> attach a picture, sound or file; repeat for more
  --url <url>        where the gateway is             (default http://127.0.0.1:$PORT, or port 3000)
  --timeout <time>   how long to wait for an answer   (default 60s; 500ms and 2m work too)
  --json             print one JSON object instead of the conversation
  --help             this

Each phone number is a customer of its own: text from another --from to start afresh. The first text from a phone
opens a conversation; texts that follow continue it. STOP, START and HELP do what they do on a real phone.

It works while the gateway is in local mode (TWILIO_AUTH_TOKEN unset), where a simulator takes Twilio's place.

Exit codes
  0  the conversation settled (also when the answer was silence)
  1  the gateway refused the text, or an answer could not be delivered
  2  the command was not understood
  3  no gateway is running there
  4  the gateway is not in local mode
  5  nothing settled in time`;

export type TextOptions = {
  from: string;
  to: string;
  body: string;
  media: string[];
  /** Without a slash at its end. */
  url: string;
  timeoutMs: number;
  json: boolean;
};

/** The command line as options. */
export function readOptions(args: string[], port = '3000'): TextOptions {
  const { values, positionals } = parse(args, port);
  const body = positionals.join(' ');
  if (body === '' && values.media.length === 0) throw new UsageError('Say something: npx tandem text "Hello"');
  if (!URL.canParse(values.url) || !/^https?:/.test(values.url)) {
    throw new UsageError(`--url ${values.url} is not a URL such as http://127.0.0.1:3000`);
  }
  const address = (number: string) =>
    values.whatsapp && !number.startsWith('whatsapp:') ? `whatsapp:${number}` : number;
  return {
    from: address(values.from),
    to: address(values.to),
    body,
    media: values.media,
    url: values.url.replace(/\/+$/, ''),
    timeoutMs: readDuration(values.timeout),
    json: values.json,
  };
}

function parse(args: string[], port: string) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        from: { type: 'string', default: '+15551230001' },
        to: { type: 'string', default: '+15550001000' },
        whatsapp: { type: 'boolean', default: false },
        media: { type: 'string', multiple: true, default: [] },
        url: { type: 'string', default: `http://127.0.0.1:${port}` },
        timeout: { type: 'string', default: '60s' },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) throw new UsageError(`--timeout ${text} is not a time such as 60s, 500ms or 2m`);
  return Number(amount) * (unit === 'm' ? 60_000 : unit === 's' ? 1000 : 1);
}

const contentTypes: Record<string, string> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.pdf': 'application/pdf',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.mp4': 'video/mp4',
  '.vcf': 'text/vcard',
  '.txt': 'text/plain',
};

/** A file's bytes, or the address of a URL, in the form that the simulator takes. */
export async function readMedia(
  source: string,
): Promise<{ contentType: string; url: string } | { contentType: string; data: string }> {
  const isUrl = /^https?:\/\//.test(source) && URL.canParse(source);
  const name = isUrl ? new URL(source).pathname : source;
  const contentType = contentTypes[extname(name).toLowerCase()] ?? 'application/octet-stream';
  if (isUrl) return { contentType, url: source };
  const bytes = await readFile(source).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--media ${basename(source)} cannot be read (${error.code}).`);
  });
  return { contentType, data: bytes.toString('base64') };
}
