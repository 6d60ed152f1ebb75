import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { editMessage, postMessage, removeMessage } from './post-message.ts';
import { messageResource, receiptResource, receiptsOf } from './resources.ts';
import { attributesOf, baseOf, causeOf, conversationOf, messageOf, named } from './rest-calls.ts';
import type { Conversation, ConversationMessage } from './store.ts';

const MOST_ATTRIBUTES = 4096;

export function messageRoutes(carrier: Carrier): Route[] {
  const show = (call: Call, conversation: Conversation, message: ConversationMessage, status = 200): Answer => ({
    status,
    body: messageResource(baseOf(call), conversation, message),
  });
  const find = (call: Call): [Conversation, ConversationMessage] => {
    const conversation = conversationOf(carrier, call);
    return [conversation, messageOf(conversation, call.params.sid)];
  };

  return [
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Messages',
      handle: (call) => {
        const conversation = conversationOf(carrier, call);
        const { messages } = conversation;
        return pageOf(call, {
          key: 'messages',
          items: call.query.get('Order') === 'desc' ? messages.toReversed() : messages,
          show: (message) => messageResource(baseOf(call), conversation, message),
        });
      },
    },
    {
      method: 'post',
      path: '/Conversations/:conversationSid/Messages',
      handle: async (call) => {
        const conversation = conversationOf(carrier, call);
        const draft = draftOf(carrier, call, conversation);
        const { message } = await postMessage(carrier, conversation, draft, causeOf(call));
        return show(call, conversation, message, 201);
      },
    },
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Messages/:sid',
      handle: (call) => show(call, ...find(call)),
    },
    {
      method: 'post',
      path: '/Conversations/:conversationSid/Messages/:sid',
      handle: (call) => {
        const [conversation, message] = find(call);
        const change = named<Parameters<typeof editMessage>[3]>(call, {
          author: ['Author', given(call.form, 'Author') ?? message.author],
          body: ['Body', call.form.get('Body') ?? ''],
          attributes: ['Attributes', attributesOf(call, MOST_ATTRIBUTES) ?? message.attributes],
        });
        editMessage(carrier, conversation, message, change, causeOf(call));
        return show(call, conversation, message);
      },
    },
    {
      method: 'delete',
      path: '/Conversations/:conversationSid/Messages/:sid',
      handle: (call) => {
        removeMessage(carrier, ...find(call), causeOf(call));
        return { status: 204 };
      },
    },
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Messages/:sid/Receipts',
      handle: (call) => {
        const [conversation, message] = find(call);
        return pageOf(call, {
          key: 'delivery_receipts',
          items: receiptsOf(message),
          show: (receipt) => receiptResource(baseOf(call), conversation, message, receipt),
          maxPageSize: 50,
        });
      },
    },
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Messages/:sid/Receipts/:receiptSid',
      handle: (call) => {
        const [conversation, message] = find(call);
        const receipt = receiptsOf(message).find(({ sid }) => sid === call.params.receiptSid);
        if (receipt === undefined) throw new RestError(20404);
        return { body: receiptResource(baseOf(call), conversation, message, receipt) };
      },
    },
  ];
}

function draftOf(carrier: Carrier, call: Call, conversation: Conversation) {
  const { form } = call;
  const contentSid = given(form, 'ContentSid') ?? null;
  const mediaSid = given(form, 'MediaSid');
  const media = mediaSid === undefined ? undefined : carrier.conversations.file(mediaSid);
  if (mediaSid !== undefined && media?.serviceSid !== conversation.serviceSid) {
    throw new RestError(20001, 'MediaSid is not of this service');
  }
  const body = form.get('Body') ?? '';
  if (contentSid === null && media === undefined && body === '') throw new RestError(20001, 'Body is required');
  return {
    author: given(form, 'Author') ?? 'system',
    // With a template, body and media do not count.
    body: contentSid === null ? body : '',
    media: contentSid === null && media !== undefined ? [media] : [],
    attributes: attributesOf(call, MOST_ATTRIBUTES) ?? '{}',
    contentSid,
  };
}
