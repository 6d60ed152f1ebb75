import { Router } from 'express';
import { TandemError } from '../http/errors.ts';
import { type Queryable, sql } from '../store/database.ts';
import { stripWebhookPrefix } from '../thread/session-id.ts';
import { conversationKey, parseAddress, parseConversationKey, threadKey } from '../thread/thread-key.ts';
import { type HandoffSettings, type Place, placeFor } from './handoff.ts';
import type { HandoffStore } from './handoff-store.ts';
import { readToolCall, type ToolCall, type ToolCallers } from './tool-call.ts';

/** The answers of Twilio's sample tools, which assistants that were written for them know. */
const TRANSFERRED = 'Transferred to human agent';
const HANDED_OVER = 'Conversation handed over';
const NOT_HERE = 'Unable to perform action. Ignore this output';

const MAX_TEXT = 1_000;

/**
 * Handing over as a webhook tool, compatible with Twilio's sample functions (protocol reference 7.8): the session and
 * the customer come in headers. Calling again changes nothing and says the same.
 */
export function toolRoutes(
  parts: ToolCallers & { db: Queryable; handoffs: HandoffStore; settings: HandoffSettings },
): Router {
  const { db, handoffs, settings } = parts;
  const router = Router();

  async function threadOf(call: ToolCall, key: string, sessionId: string): Promise<{ channel: string }> {
    const [thread] = await db.query<{ channel: string }>(sql`
      select channel from gateway.thread
      where key = ${key} and session_id = ${sessionId}
        and (${call.accountSid ?? null}::text is null or account_sid = ${call.accountSid ?? null})`);
    if (!thread) throw new TandemError('notFound', 'X-Session-Id: it is no session that goes on here.');
    return thread;
  }

  async function handOver(call: ToolCall, key: string, place: Place): Promise<void> {
    const reason = call.field('reason', 'Reason')?.slice(0, MAX_TEXT) ?? null;
    const summary = call.field('summary', 'Summary')?.slice(0, MAX_TEXT) ?? null;
    await handoffs.request(key, { place, requestedBy: 'tool', reason, summary });
  }

  router.all('/tools/flex-handover', async (request, response) => {
    const call = await readToolCall(request, parts);
    const sessionId = stripWebhookPrefix(request.get('x-session-id') ?? '');
    const key = keyOfSession(sessionId, request.get('x-identity') ?? '');
    if (!key) throw new TandemError('invalidParameter', 'X-Session-Id and X-Identity: as the assistant got them.');
    const thread = await threadOf(call, key, sessionId);
    const workspaceSid = sidIn(call, 'FlexWorkspaceSid', 'WS') ?? settings.flex?.workspaceSid;
    const workflowSid = sidIn(call, 'FlexWorkflowSid', 'WW') ?? settings.flex?.workflowSid;
    const flex = workspaceSid && workflowSid ? { workspaceSid, workflowSid } : undefined;
    await handOver(call, key, placeFor(thread, { flex, studioFlowSid: settings.studioFlowSid }));
    response.type('text/plain').send(TRANSFERRED);
  });

  router.all('/tools/studio-handover', async (request, response) => {
    const call = await readToolCall(request, parts);
    const sessionId = stripWebhookPrefix(request.get('x-session-id') ?? '');
    const key = keyOfSession(sessionId, request.get('x-identity') ?? '');
    // Only a Conversation can be given to a flow; the assistant is told to think nothing of it, as by the sample.
    if (!key || !parseConversationKey(key)) return void response.type('text/plain').send(NOT_HERE);
    await threadOf(call, key, sessionId);
    const flowSid = sidIn(call, 'FlowSid', 'FW') ?? sidIn(call, 'flowSid', 'FW') ?? settings.studioFlowSid;
    if (!flowSid) throw new TandemError('invalidParameter', 'FlowSid: add it to the URL, or set STUDIO_FLOW_SID.');
    await handOver(call, key, { target: 'studio', flowSid });
    const message = call.field('SuccessMessage', 'successMessage')?.slice(0, MAX_TEXT);
    response.type('text/plain').send(message ?? HANDED_OVER);
  });

  return router;
}

/** The thread of a session, by the id and the identity that its assistant was given. */
export function keyOfSession(sessionId: string, identity: string): string | undefined {
  const [, serviceSid, sid] = /^conversations__(IS[0-9a-fA-F]{32})\/(CH[0-9a-fA-F]{32})$/.exec(sessionId) ?? [];
  if (serviceSid && sid) return conversationKey({ serviceSid, sid });
  const [, to = ''] = /^messaging__(.+)\/[^/]+$/.exec(sessionId) ?? [];
  const ours = parseAddress(to);
  const theirs = parseAddress(identity.replace(/^phone:/, ''));
  if (!ours || !theirs || ours.channel !== theirs.channel) return undefined;
  return threadKey({ channel: ours.channel, ours: ours.address, theirs: theirs.address });
}

function sidIn(call: ToolCall, name: string, prefix: string): string | undefined {
  const value = call.field(name);
  if (value === undefined) return undefined;
  if (new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(value)) return value;
  throw new TandemError('invalidParameter', `${name}: ${prefix} and 32 hexadecimal digits.`);
}
