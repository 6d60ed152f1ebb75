/**
 * Every error that Tandem answers with, in one place. Codes below 60000 are Twilio's own, used where Twilio's clients
 * expect them; ours start at 70000. A retired code is never used again.
 */
export const catalogue = {
  unauthenticated: {
    code: 20003,
    status: 401,
    message: 'Authenticate with Basic auth: AccountSid as user, AuthToken (or an API key and its secret) as password.',
  },
  notFound: { code: 20404, status: 404, message: 'The requested resource was not found. Check the path and the id.' },
  methodNotAllowed: { code: 20004, status: 405, message: 'This path does not take that method.' },
  invalidParameter: { code: 20001, status: 400, message: 'A parameter is missing or invalid.' },
  conflict: { code: 20409, status: 409, message: 'The request conflicts with the present state of the resource.' },
  tooManyRequests: {
    code: 20429,
    status: 429,
    message: 'Too many requests. Wait as Retry-After says, then try again.',
  },
  internal: {
    code: 20500,
    status: 500,
    message: 'Something failed inside Tandem. The log has the cause under this request id.',
  },
  badSignature: {
    code: 70001,
    status: 403,
    message:
      'The X-Twilio-Signature header is missing or does not match. Check PUBLIC_URL and the auth token of the AccountSid.',
  },
  malformedBody: { code: 70002, status: 400, message: 'The body could not be parsed.' },
  bodyTooLarge: { code: 70003, status: 413, message: 'The body is larger than this path takes.' },
  unsupportedMediaType: {
    code: 70004,
    status: 415,
    message: 'Send application/x-www-form-urlencoded or application/json.',
  },
  invalidToken: { code: 70005, status: 403, message: 'The token is missing, expired, already used or not ours.' },
  forbidden: { code: 70006, status: 403, message: 'This needs a token: send it as "Authorization: Bearer …".' },
  notLoggedIn: {
    code: 70040,
    status: 401,
    message: 'Log in at /console, or send the admin token as "Authorization: Bearer …".',
  },
  crossSite: {
    code: 70041,
    status: 403,
    message: 'The request does not come from a page of this console.',
  },
  viewersOnlyRead: { code: 70042, status: 403, message: 'Viewers may look, and change nothing.' },
  storeAway: {
    code: 70007,
    status: 503,
    message: 'The database cannot be reached at the moment. Nothing was stored; send the request again.',
  },
  assistantsAway: {
    code: 70060,
    status: 502,
    message: 'The assistants server cannot be reached at the moment. Check ASSISTANTS_BASE_URL, then try again.',
  },
  stopping: {
    code: 70008,
    status: 503,
    message: 'This process is stopping. Send the request to another one, or again in a moment.',
  },
} as const satisfies Record<string, { code: number; status: number; message: string }>;

export type ErrorName = keyof typeof catalogue;

/** An error with a catalogue entry. `detail` is one more sentence for the caller: say what was wrong and what to do. */
export class TandemError extends Error {
  readonly kind: ErrorName;
  readonly headers: Record<string, string>;
  constructor(kind: ErrorName, detail?: string, options: { cause?: unknown; headers?: Record<string, string> } = {}) {
    super(detail ? `${catalogue[kind].message} ${detail}` : catalogue[kind].message, { cause: options.cause });
    this.name = 'TandemError';
    this.kind = kind;
    this.headers = options.headers ?? {};
  }
  get status(): number {
    return catalogue[this.kind].status;
  }
  get code(): number {
    return catalogue[this.kind].code;
  }
}

/** The body of every error answer (protocol reference 0.4). */
export function errorBody(error: TandemError): { code: number; message: string; more_info: string; status: number } {
  const moreInfo = error.code < 60000 ? `https://www.twilio.com/docs/errors/${error.code}` : `/docs/errors`;
  return { code: error.code, message: error.message, more_info: moreInfo, status: error.status };
}
