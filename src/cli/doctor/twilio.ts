import { z } from 'zod';
import type { Config, TwilioAccount } from '../../config/config.ts';
import { type Finding, ok, problem, reasonOf, warning } from './finding.ts';

const PATIENCE = 10_000;
/** The answer's Date has whole seconds, and its way takes time. */
const SKEW = 15_000;
const MOST_PAGES = 20;

const accountSchema = z.object({ status: z.string(), friendly_name: z.string().optional() });
const numberSchema = z.object({
  phone_number: z.string(),
  sms_url: z.string().nullish(),
  sms_fallback_url: z.string().nullish(),
  sms_application_sid: z.string().nullish(),
  capabilities: z.object({ sms: z.boolean().optional() }).optional(),
});
const pageSchema = z.object({ incoming_phone_numbers: z.array(numberSchema), next_page_uri: z.string().nullish() });

type Answer = { status: number; date: string | null; body: unknown };

/** Credentials, clock, and where the numbers send their messages. */
export async function examineTwilio(config: Config, now: () => Date): Promise<Finding[]> {
  if (config.local) return [ok('twilio', 'Simulated.')];
  const base = config.twilio.apiBaseUrl ?? 'https://api.twilio.com';
  const findings: Finding[] = [];
  for (const account of config.twilio.accounts) findings.push(...(await examineAccount(base, account, config, now)));
  return findings;
}

async function examineAccount(
  base: string,
  account: TwilioAccount,
  config: Config,
  now: () => Date,
): Promise<Finding[]> {
  const { accountSid, username, password } = account;
  const path = `/2010-04-01/Accounts/${accountSid}.json`;
  let answer: Answer;
  try {
    answer = await read(base, path, username, password);
  } catch (error) {
    return [
      problem(
        'twilio',
        `Twilio’s API cannot be reached at ${base} (${reasonOf(error)}).`,
        'Let this machine out to https://*.twilio.com: without it no answer leaves.',
      ),
    ];
  }
  const findings = examineClock(answer.date, now());
  const key = username === accountSid ? 'TWILIO_AUTH_TOKEN' : 'TWILIO_API_KEY and TWILIO_API_SECRET';
  if (answer.status === 401 || answer.status === 403) {
    const fix = `Copy ${key} from the Twilio Console again (Account → API keys & tokens).`;
    return [
      ...findings,
      problem('twilio', `Twilio refuses the credentials of ${accountSid} (HTTP ${answer.status}).`, fix),
    ];
  }
  const parsed = accountSchema.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success) {
    const fix = `Check TWILIO_ACCOUNT_SID${config.twilio.apiBaseUrl ? ' and TWILIO_API_BASE_URL' : ''}.`;
    return [...findings, problem('twilio', `Twilio does not know ${accountSid} (HTTP ${answer.status}).`, fix)];
  }
  if (parsed.data.status !== 'active') {
    const fix = 'See the Twilio Console for why: messages neither arrive nor leave until it is active.';
    return [...findings, problem('twilio', `The account ${accountSid} is ${parsed.data.status}.`, fix)];
  }
  // With an API key the token signs webhooks only, so nothing else tells that it is the right one.
  if (username !== accountSid) findings.push(...(await examineToken(base, path, account)));
  findings.push(ok('twilio', `Twilio takes the credentials of ${accountSid}.`));
  return [...findings, ...(await examineNumbers(base, account, config.http.publicUrl))];
}

async function examineToken(base: string, path: string, { accountSid, authTokens }: TwilioAccount): Promise<Finding[]> {
  const { status } = await read(base, path, accountSid, authTokens[0] as string);
  if (status !== 401) return [];
  return [
    problem(
      'twilio',
      'TWILIO_AUTH_TOKEN is not the account’s: every webhook will be refused as wrongly signed.',
      'Copy the auth token from the Twilio Console; an API key’s secret does not do.',
    ),
  ];
}

function examineClock(date: string | null, now: Date): Finding[] {
  const apart = date === null ? Number.NaN : now.getTime() - Date.parse(date);
  if (Number.isNaN(apart)) return [];
  if (Math.abs(apart) <= SKEW) return [ok('clock', 'This machine’s clock is right.')];
  return [
    problem(
      'clock',
      `This machine’s clock is ${Math.round(Math.abs(apart) / 1_000)} s ${apart > 0 ? 'ahead of' : 'behind'} Twilio’s.`,
      'Have it set by a time server (timedatectl set-ntp true): the log of Twilio is searched by time.',
    ),
  ];
}

async function examineNumbers(base: string, account: TwilioAccount, publicUrl: string | undefined): Promise<Finding[]> {
  const numbers: z.output<typeof numberSchema>[] = [];
  const first = `/2010-04-01/Accounts/${account.accountSid}/IncomingPhoneNumbers.json?PageSize=1000`;
  for (let path: string | null | undefined = first, pages = 0; path && pages < MOST_PAGES; pages += 1) {
    const answer: Answer = await read(base, path, account.username, account.password);
    const page = pageSchema.safeParse(answer.body);
    if (!page.success) {
      return [
        warning(
          'numbers',
          `Twilio does not tell the numbers of ${account.accountSid} (HTTP ${answer.status}).`,
          'Give the API key the right to read phone numbers, or check their webhooks by hand.',
        ),
      ];
    }
    numbers.push(...page.data.incoming_phone_numbers);
    path = page.data.next_page_uri;
  }
  const texting = numbers.filter(({ capabilities }) => capabilities?.sms !== false);
  const findings = texting.flatMap((number) => examineNumber(number, publicUrl));
  const here = texting.filter(({ sms_url }) => isOurs(sms_url, publicUrl));
  if (publicUrl === undefined) return findings;
  const summary =
    here.length > 0
      ? ok('numbers', `${here.length} of ${texting.length} numbers send their messages here.`)
      : warning(
          'numbers',
          `None of the ${texting.length} numbers of ${account.accountSid} sends its messages here.`,
          `Set the messaging webhook of a number, or of its Messaging Service, to ${webhookOf(publicUrl)}#rc=2&rp=all`,
        );
  return [...findings, summary];
}

function examineNumber(number: z.output<typeof numberSchema>, publicUrl: string | undefined): Finding[] {
  const { phone_number: name, sms_url: url, sms_fallback_url: fallback } = number;
  if (publicUrl === undefined || !url) return [];
  if (isOurs(url, publicUrl)) {
    if (isOurs(fallback, publicUrl)) return [];
    return [
      warning(
        'numbers',
        `${name} has no fallback URL here.`,
        'Set the same URL as fallback: it brings what a process refused while it was being replaced.',
      ),
    ];
  }
  const isSameHost = URL.canParse(url) && new URL(url).host === new URL(publicUrl).host;
  if (!isSameHost) return [];
  return [
    problem(
      'numbers',
      `${name} sends its messages to ${url}, which is no webhook of Tandem’s.`,
      `Set its messaging webhook to ${webhookOf(publicUrl)}#rc=2&rp=all`,
    ),
  ];
}

const webhookOf = (publicUrl: string) => `${publicUrl}/webhooks/twilio/messaging`;

function isOurs(url: string | null | undefined, publicUrl: string | undefined): boolean {
  if (!url || publicUrl === undefined) return false;
  const bare = url.replace(/[?#].*$/, '');
  return bare === webhookOf(publicUrl) || bare === `${publicUrl}/channels/messaging/incoming`;
}

async function read(base: string, path: string, user: string, secret: string): Promise<Answer> {
  const response = await fetch(base + path, {
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
      accept: 'application/json',
      ...(base === 'https://api.twilio.com' ? {} : { 'x-forwarded-host': 'api.twilio.com' }),
    },
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
  });
  const body = await response.json().catch(() => undefined);
  return { status: response.status, date: response.headers.get('date'), body };
}
