import type { Carrier } from '../carrier.ts';
import { type Call, given, givenJson } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import type { Base } from './resources.ts';
import type { Cause, Conversation, ConversationMessage, Service } from './store.ts';

/** The service that a path names, or else the account's default service. */
export function serviceOf(carrier: Carrier, call: Call): Service {
  const fallback = carrier.conversations.defaultService(call.accountSid);
  const { serviceSid } = call.params;
  if (serviceSid === undefined) return fallback;
  const service = carrier.conversations.services.get(serviceSid);
  if (service?.accountSid !== call.accountSid) throw new RestError(20404);
  return service;
}

export function baseOf(call: Call): Base {
  const { serviceSid } = call.params;
  const url = `https://conversations.twilio.com/v1${serviceSid === undefined ? '' : `/Services/${serviceSid}`}`;
  return { url, serviceSid };
}

export function conversationOf(carrier: Carrier, call: Call): Conversation {
  const conversation = carrier.conversations.find(serviceOf(carrier, call).sid, call.params.conversationSid ?? '');
  if (conversation === undefined) throw new RestError(20404);
  return conversation;
}

export function messageOf(conversation: Conversation, sid: string | undefined): ConversationMessage {
  const message = conversation.messages.find((candidate) => candidate.sid === sid);
  if (message === undefined) throw new RestError(20404);
  return message;
}

/** A REST call fires webhooks only when it says so. */
export function causeOf(call: Call): Cause {
  return { by: 'api', source: 'API', announced: call.header('x-twilio-webhook-enabled') === 'true' };
}

/** `Attributes`: JSON, kept as the text that it came as. */
export function attributesOf(call: Call, mostBytes: number): string | undefined {
  if (givenJson(call.form, 'Attributes') === undefined) return undefined;
  const text = given(call.form, 'Attributes') ?? '';
  if (Buffer.byteLength(text) > mostBytes) throw new RestError(20001, `Attributes may have ${mostBytes} bytes`);
  return text;
}

/** Only what the form names at all, so that what it leaves out stays as it is. */
export function named<Value extends object>(call: Call, values: { [Name in keyof Value]?: [string, Value[Name]] }) {
  const change: Partial<Value> = {};
  for (const [name, [parameter, value]] of Object.entries(values) as [keyof Value, [string, Value[keyof Value]]][]) {
    if (call.form.has(parameter)) change[name] = value;
  }
  return change;
}

/** One of a few words, in any case. */
export function choiceOf<Choice extends string>(
  call: Call,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = given(call.form, name);
  if (text === undefined) return undefined;
  const choice = choices.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (choice === undefined) throw new RestError(20001, `${name} must be one of ${choices.join(', ')}`);
  return choice;
}
