import { z } from 'zod';
import type { Operation } from '../../http/openapi.ts';
import {
  chunkResource,
  createKnowledgeRequest,
  knowledgeResource,
  knowledgeStatusResource,
  updateKnowledgeRequest,
  uploadKnowledgeRequest,
} from './knowledge-schemas.ts';
import { policyResource } from './policy-schemas.ts';
import {
  assistantResource,
  assistantWithParts,
  createAssistantRequest,
  createFeedbackRequest,
  erasedResource,
  feedbackResource,
  messageResource,
  profileResource,
  sendMessageRequest,
  sendMessageResponse,
  sessionResource,
  updateAssistantRequest,
} from './schemas.ts';
import { createToolRequest, toolResource, toolWithPolicies, updateToolRequest } from './tool-schemas.ts';

const pageMeta = z.object({
  key: z.string(),
  page: z.int(),
  page_size: z.int(),
  url: z.url(),
  first_page_url: z.url(),
  previous_page_url: z.url().nullable(),
  next_page_url: z.url().nullable(),
});

const listOf = (
  key: string,
  resource: z.ZodType,
  summary: string,
  path: string,
  id: string,
  filters?: string[],
): Operation => ({
  method: 'get',
  path,
  id,
  summary,
  responses: { 200: z.object({ [key]: z.array(resource), meta: pageMeta }) },
  list: { key, filters },
});

const created = (path: string, id: string, summary: string, request: z.ZodType, resource: z.ZodType): Operation => ({
  method: 'post',
  path,
  id,
  summary,
  request,
  responses: { 201: resource },
});

const fetched = (path: string, id: string, summary: string, resource: z.ZodType): Operation => ({
  method: 'get',
  path,
  id,
  summary,
  responses: { 200: resource },
});

const updated = (path: string, id: string, summary: string, request: z.ZodType, resource: z.ZodType): Operation => ({
  method: 'put',
  path,
  id,
  summary,
  description: 'Changes what is given and leaves the rest.',
  request,
  responses: { 200: resource },
});

const empty = (method: 'post' | 'delete', path: string, id: string, summary: string): Operation => ({
  method,
  path,
  id,
  summary,
  responses: { 204: null },
});

export const operations: Operation[] = [
  created('/v1/Assistants', 'CreateAssistant', 'Create an assistant', createAssistantRequest, assistantResource),
  listOf('assistants', assistantResource, 'List assistants', '/v1/Assistants', 'ListAssistants'),
  fetched(
    '/v1/Assistants/{id}',
    'FetchAssistant',
    'Fetch an assistant with its tools and knowledge',
    assistantWithParts,
  ),
  updated('/v1/Assistants/{id}', 'UpdateAssistant', 'Change an assistant', updateAssistantRequest, assistantResource),
  empty('delete', '/v1/Assistants/{id}', 'DeleteAssistant', 'Remove an assistant; its sessions stay'),

  {
    method: 'post',
    path: '/v1/Assistants/{id}/Messages',
    id: 'CreateMessage',
    summary: 'Ask an assistant',
    description: `Without \`webhook\` the answer comes in the response. With it, the request is answered at once, and the answer is posted to the URL
as a signed form (\`X-Twilio-Signature\`): \`Status\` (Success or Failed), \`SessionId\` (with \`webhook:\` before it), \`Identity\`, \`Body\`, \`Error\`,
\`AccountSid\`, \`AssistantId\`, \`Flagged\`, \`Aborted\`. It is posted again with growing pauses until it is answered by 2xx.

With \`Accept: text/event-stream\` the answer comes as server-sent events: \`delta\` with pieces of the text, \`restart\` if what came so far is void, then
\`message\` with the whole answer, which alone counts, or \`error\`.

A repeated request with the same \`Idempotency-Key\` is told the stored answer. The messages of a session are answered one after the other.`,
    request: sendMessageRequest,
    responses: { 200: sendMessageResponse, 202: sendMessageResponse },
    streams: true,
  },

  created('/v1/Assistants/{id}/Feedbacks', 'CreateFeedback', 'Rate an answer', createFeedbackRequest, feedbackResource),
  listOf(
    'feedbacks',
    feedbackResource,
    'List the feedback on an assistant',
    '/v1/Assistants/{id}/Feedbacks',
    'ListFeedback',
  ),

  listOf(
    'tools',
    toolResource,
    'List the tools of an assistant',
    '/v1/Assistants/{assistantId}/Tools',
    'ListToolsByAssistant',
  ),
  empty('post', '/v1/Assistants/{assistantId}/Tools/{id}', 'CreateAssistantToolAttachment', 'Attach a tool'),
  empty('delete', '/v1/Assistants/{assistantId}/Tools/{id}', 'DeleteAssistantToolAttachment', 'Detach a tool'),
  listOf(
    'knowledge',
    knowledgeResource,
    'List the knowledge of an assistant',
    '/v1/Assistants/{assistantId}/Knowledge',
    'ListKnowledgeByAssistant',
  ),
  empty(
    'post',
    '/v1/Assistants/{assistantId}/Knowledge/{id}',
    'CreateAssistantKnowledgeAttachment',
    'Attach knowledge',
  ),
  empty(
    'delete',
    '/v1/Assistants/{assistantId}/Knowledge/{id}',
    'DeleteAssistantKnowledgeAttachment',
    'Detach knowledge',
  ),

  created('/v1/Tools', 'CreateTool', 'Create a tool', createToolRequest, toolResource),
  listOf('tools', toolResource, 'List tools', '/v1/Tools', 'ListTools', ['AssistantId']),
  fetched('/v1/Tools/{id}', 'FetchTool', 'Fetch a tool with its policies', toolWithPolicies),
  updated('/v1/Tools/{id}', 'UpdateTool', 'Change a tool', updateToolRequest, toolResource),
  empty('delete', '/v1/Tools/{id}', 'DeleteTool', 'Remove a tool'),

  created('/v1/Knowledge', 'CreateKnowledge', 'Add knowledge', createKnowledgeRequest, knowledgeResource),
  {
    ...created('/v1/Knowledge/Upload', 'UploadKnowledge', 'Add a file to knowledge', uploadForm(), knowledgeResource),
    requestType: 'multipart/form-data',
  },
  listOf('knowledge', knowledgeResource, 'List knowledge', '/v1/Knowledge', 'ListKnowledge', ['AssistantId']),
  fetched('/v1/Knowledge/{id}', 'FetchKnowledge', 'Fetch knowledge', knowledgeResource),
  updated('/v1/Knowledge/{id}', 'UpdateKnowledge', 'Change knowledge', updateKnowledgeRequest, knowledgeResource),
  empty('delete', '/v1/Knowledge/{id}', 'DeleteKnowledge', 'Remove knowledge'),
  fetched(
    '/v1/Knowledge/{id}/Status',
    'FetchKnowledgeStatus',
    'Ask whether knowledge is ready',
    knowledgeStatusResource,
  ),
  listOf('chunks', chunkResource, 'List the pieces of a text', '/v1/Knowledge/{id}/Chunks', 'ListKnowledgeChunks'),

  listOf('policies', policyResource, 'List policies', '/v1/Policies', 'ListPolicies', ['ToolId', 'KnowledgeId']),

  listOf('sessions', sessionResource, 'List sessions', '/v1/Sessions', 'ListSessions'),
  fetched('/v1/Sessions/{id}', 'FetchSession', 'Fetch a session', sessionResource),
  listOf(
    'messages',
    messageResource,
    'List what was said and called in a session',
    '/v1/Sessions/{sessionId}/Messages',
    'ListMessages',
  ),

  fetched('/v1/Profiles/{identity}', 'FetchProfile', 'Fetch what is remembered of an identity', profileResource),
  {
    method: 'delete',
    path: '/v1/Profiles/{identity}',
    id: 'EraseProfile',
    summary: 'Erase everything known of an identity',
    description: `Its traits, its sessions with all messages, and in the gateway its threads with all that came in and went out, in one transaction. What stays
holds no words: a standing wish not to be texted, which the law wants remembered, and ids that keep a repeated webhook from bringing a message back. Twilio,
Segment and the webhooks of tools keep what they were told. A person who writes from several channels has an identity on each. While
a human has one of the threads it is a conflict: nobody would know any more that the assistant has to be silent there.`,
    responses: { 200: erasedResource },
  },
];

function uploadForm(): z.ZodType {
  return uploadKnowledgeRequest.omit({ policy: true }).extend({
    file_0: z.string().meta({ format: 'binary', description: 'The file.' }),
  });
}
