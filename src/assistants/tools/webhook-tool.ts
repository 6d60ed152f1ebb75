import { createHash } from 'node:crypto';
import { deadline } from '../../deadline.ts';
import type { CallableTool } from '../tool-store.ts';
import type { AgentTool, ToolResult } from './agent-tool.ts';
import { AuthorizationError, type Authorize } from './authorize.ts';
import { failed } from './call-tools.ts';
import type { ObjectSchema } from './input-schema.ts';
import { readText } from './read-text.ts';

/** Who speaks, as tools are told. */
export type Speaker = {
  accountSid: string;
  /** With the prefix `webhook:` when the answer goes to a webhook. */
  sessionId: string;
  identity: string;
};

export type WebhookParts = {
  fetch: typeof globalThis.fetch;
  authorize: Authorize;
  /** The `X-Twilio-Signature` of a URL by the account's token; undefined if we do not have it. */
  sign: (accountSid: string, url: string) => string | undefined;
};

const TIMEOUT = 15_000;
const SIZE_LIMIT = 32 * 1024;
const UNAUTHORIZED = 401;

/** Calls the webhook of a tool as Twilio's assistants did: GET with a query, POST with JSON. */
export function webhookTool(
  tool: CallableTool,
  inputSchema: ObjectSchema,
  speaker: Speaker,
  { fetch, authorize, sign }: WebhookParts,
): AgentTool {
  const { policy, meta } = tool;

  return {
    name: tool.name,
    kind: 'webhook',
    description: tool.description || tool.name,
    inputSchema,
    async call(args, { signal, timeoutMs, callKey }) {
      const ms = Math.min(TIMEOUT, timeoutMs);
      const time = deadline(ms, signal);
      const limited = time.signal;
      try {
        let response = await send(args, callKey, limited);
        // A token that was withdrawn before its time. The call was not carried out, so it may be made again.
        if (response.status === UNAUTHORIZED && policy && authorize.refused(policy)) {
          await response.body?.cancel();
          response = await send(args, callKey, limited);
        }
        return await resultOf(response, meta.final_response === true);
      } catch (error) {
        signal.throwIfAborted();
        return failed(limited.aborted ? tooSlow(ms) : sentence(error));
      } finally {
        time.done();
      }
    },
  };

  async function send(args: Record<string, unknown>, callKey: string, signal: AbortSignal): Promise<Response> {
    const { target, body, userInfo } = requestOf(meta.url, meta.method, args);
    const signature = sign(speaker.accountSid, target);
    return fetch(target, {
      method: meta.method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        Accept: 'application/json, text/plain;q=0.9, */*;q=0.8',
        'User-Agent': 'Tandem',
        'X-Session-Id': headerText(speaker.sessionId),
        'X-Identity': headerText(speaker.identity),
        // Repeated when the turn is, so that the other side may tell a repetition from a second wish.
        'I-Twilio-Idempotency-Token': callKey,
        ...(signature === undefined ? {} : { 'X-Twilio-Signature': signature }),
        ...(userInfo === undefined ? {} : { Authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }),
        ...(policy ? await authorize.headers(policy, signal) : {}),
      },
      body,
      redirect: 'manual',
      signal,
    });
  }
}

/** Where a call goes and with what. The query that the URL has is kept to the letter. */
export function requestOf(
  url: string,
  method: 'GET' | 'POST',
  args: Record<string, unknown>,
): { target: string; body?: string; userInfo?: string } {
  const { username, password } = new URL(url);
  const userInfo = username === '' ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const bare = url.replace(/#.*$/s, '').replace(/^(https?:\/\/)[^/?#]*@/i, '$1');
  if (method === 'GET') return { target: withQuery(bare, queryOf(args)), userInfo };
  const body = JSON.stringify(args);
  const hash = createHash('sha256').update(body).digest('hex');
  return { target: withQuery(bare, [['bodySHA256', hash]]), body, userInfo };
}

/** Arrays as repeated parameters, objects as JSON. */
function queryOf(args: Record<string, unknown>): [string, string][] {
  return Object.entries(args).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((each) => each !== null && each !== undefined)
      .map((each): [string, string] => [name, typeof each === 'object' ? JSON.stringify(each) : String(each)]),
  );
}

function withQuery(url: string, query: [string, string][]): string {
  if (query.length === 0) return url;
  const text = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  if (!url.includes('?')) return `${url}?${text}`;
  return url.endsWith('?') || url.endsWith('&') ? url + text : `${url}&${text}`;
}

/** UTF-8, as bytes; fetch takes no others. */
const headerText = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

async function resultOf(response: Response, isFinal: boolean): Promise<ToolResult> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    return failed(`The tool's address has moved (status ${response.status}): its owner has to correct it.`);
  }
  const { text, isCut } = await readText(response, SIZE_LIMIT);
  const shown = isCut ? `${text}\n[The rest is left out.]` : text;
  if (!response.ok)
    return failed(`The tool failed with status ${response.status}.${shown === '' ? '' : ` It says: ${shown}`}`);
  if (shown.trim() === '') return { ok: true, text: 'Done. The tool had nothing to say.' };
  return { ok: true, text: shown, ...(isFinal ? { isFinal } : {}) };
}

export const tooSlow = (ms: number) => `The tool did not answer within ${Math.ceil(ms / 1_000)} seconds.`;

function sentence(error: unknown): string {
  if (error instanceof AuthorizationError) return `Not called: ${error.message}`;
  const causes = [error, (error as Error).cause] as { code?: string }[];
  if (causes.some((each) => each?.code === 'PRIVATE_ADDRESS')) {
    return 'Not called: its address is in a private network, which is not allowed.';
  }
  return 'The tool could not be reached.';
}
