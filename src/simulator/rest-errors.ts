import type { ErrorRequestHandler } from 'express';

/** Twilio's own codes, for the requests that the simulator refuses at once. */
const refusals = {
  20001: { status: 400, message: 'Invalid parameter' },
  20003: { status: 401, message: 'Authenticate' },
  20007: { status: 400, message: 'Page size too large' },
  20404: { status: 404, message: 'The requested resource was not found' },
  20409: { status: 409, message: 'The resource is in another state than this request needs' },
  20412: { status: 412, message: 'The resource was changed since: its ETag is another' },
  20422: { status: 422, message: 'Invalid parameter' },
  21211: { status: 400, message: "Invalid 'To' Phone Number" },
  21212: { status: 400, message: "Invalid 'From' Phone Number" },
  21266: { status: 400, message: "'To' and 'From' number cannot be the same" },
  21603: { status: 400, message: "A 'From' phone number is required" },
  21604: { status: 400, message: "A 'To' phone number is required" },
  21606: { status: 400, message: "The 'From' phone number is not a message-capable number of this account" },
  21609: { status: 400, message: "Invalid 'StatusCallback' URL" },
  21610: { status: 400, message: 'Attempt to send to unsubscribed recipient' },
  21617: { status: 400, message: 'The concatenated message body exceeds the 1600 character limit' },
  21619: { status: 400, message: 'A text message body or media urls must be specified' },
  21620: { status: 400, message: 'Invalid media URL' },
  21623: { status: 400, message: 'The number of media files exceeds the limit of 10' },
  21654: { status: 400, message: 'ContentSid is required when ContentVariables are given' },
  21655: { status: 400, message: 'The ContentSid is invalid' },
  21656: { status: 400, message: 'The ContentVariables parameter is invalid' },
  21701: { status: 404, message: 'The Messaging Service does not exist' },
  21703: { status: 400, message: 'The Messaging Service has no sender that can reach this recipient' },
  21910: { status: 400, message: "'From' and 'To' must be of the same channel" },
  30409: { status: 400, message: 'Message cannot be canceled' },
  35111: { status: 400, message: "'SendAt' must be between 15 minutes and 35 days from now" },
  35118: { status: 400, message: 'MessagingServiceSid is required to schedule a message' },
  50353: { status: 409, message: 'Conversation with provided unique name already exists' },
  50416: { status: 409, message: 'A binding for this participant and proxy address already exists' },
  50433: { status: 409, message: 'Participant already exists' },
} as const satisfies Record<number, { status: number; message: string }>;

/** A request that is refused with one of Twilio's codes; `detail` is appended to the message. */
export class RestError extends Error {
  readonly code: keyof typeof refusals;
  readonly status: number;
  constructor(code: keyof typeof refusals, detail?: string) {
    super(detail === undefined ? refusals[code].message : `${refusals[code].message}: ${detail}`);
    this.name = 'RestError';
    this.code = code;
    this.status = refusals[code].status;
  }
}

/** The body of a refusal, in the form Twilio's clients read. */
export function refusalBody(code: number, message: string, status: number) {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

/** Answers a refusal as Twilio does; anything else goes on. */
export const answerRefusal: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof RestError)) return next(error);
  if (error.code === 20003) response.set('WWW-Authenticate', 'Basic realm="Twilio API"');
  response.status(error.status).json(refusalBody(error.code, error.message, error.status));
};

/** What `error_message` says for failures that are only known after the message was accepted. */
export const failureMeanings: Readonly<Record<number, string>> = {
  30003: 'Unreachable destination handset',
  30004: 'Message blocked',
  30005: 'Unknown destination handset',
  30006: 'Landline or unreachable carrier',
  30007: 'Carrier violation',
  30008: 'Unknown error',
  63016: 'Failed to send freeform message because you are outside the allowed window. Use a Message Template.',
  63031: "Channel message cannot have same 'From' and 'To'",
};
