import { z } from 'zod';
import { defaultLimits, type Limits } from '../assistants/limits.ts';
import { segmentUrls } from '../assistants/memory/segment.ts';
import { embeddingProviders } from '../assistants/providers/embedding-model.ts';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `500ms`, `60s`, `10m`, `4h` or `90d`, as milliseconds. */
const duration = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) {
    context.addIssue({ code: 'custom', message: 'write a duration such as 500ms, 60s, 10m, 4h or 90d' });
    return z.NEVER;
  }
  return Number(match[1]) * units[match[2] as keyof typeof units];
});

const flag = z.enum(['true', 'false'], { message: 'write true or false' }).transform((text) => text === 'true');

const httpUrl = z.url({ protocol: /^https?$/, message: 'write a URL that starts with http:// or https://' });

/** Without the trailing slash, so that a path can be appended. */
const baseUrl = httpUrl.transform((text) => text.replace(/\/+$/, ''));

const sid = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `write a SID: ${prefix} and 32 hexadecimal digits`);

const words = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);

const subaccounts = words.pipe(
  z.array(
    z.string().transform((text, context) => {
      const match = /^(AC[0-9a-fA-F]{32}):(\S+)$/.exec(text);
      if (!match) {
        context.addIssue({ code: 'custom', message: 'write AC…:token pairs with commas between them' });
        return z.NEVER;
      }
      return { accountSid: match[1] as string, authToken: match[2] as string };
    }),
  ),
);

const limits = words.transform((pairs, context) => {
  const changed: Partial<Limits> = {};
  for (const pair of pairs) {
    const [, name, value] = /^(\w+)=(\d{1,9})$/.exec(pair) ?? [];
    if (name === undefined || !Object.hasOwn(defaultLimits, name)) {
      context.addIssue({
        code: 'custom',
        message: `write name=number pairs with commas between them; the names are ${Object.keys(defaultLimits).join(', ')}`,
      });
      return z.NEVER;
    }
    changed[name as keyof Limits] = Number(value);
  }
  return changed;
});

const embeddingModel = z
  .string()
  .regex(
    new RegExp(`^(?:${embeddingProviders.join('|')})/\\S+$`),
    `write provider/model, with ${embeddingProviders.join(', ')} as the provider`,
  );

const secretsKey = z
  .string()
  .refine(
    (text) => /^[0-9a-fA-F]{64}$/.test(text) || Buffer.from(text, 'base64').length === 32,
    'write 32 bytes as 64 hexadecimal digits or as base64, for example from: openssl rand -hex 32',
  )
  .transform((text) => Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? 'hex' : 'base64'));

const schema = z.object({
  NODE_ENV: z.string().optional(),
  PORT: z.coerce.number('write a port number').int().min(0).max(65_535).default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: baseUrl.optional(),
  TRUSTED_PROXIES: z.coerce.number('write a number').int().min(0).max(10).default(0),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'write a URL that starts with postgresql://')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'write a URL that starts with redis:// or rediss://')
    .optional(),
  DATA_DIR: z.string().default('.tandem'),
  ROLES: words
    .pipe(z.array(z.enum(['web', 'worker'], { message: 'write web, worker or web,worker' })).min(1))
    .default(['web', 'worker']),
  TWILIO_ACCOUNT_SID: sid('AC').optional(),
  TWILIO_AUTH_TOKEN: z.string().optional(),
  TWILIO_AUTH_TOKEN_PREVIOUS: z.string().optional(),
  TWILIO_SUBACCOUNTS: subaccounts.default([]),
  TWILIO_API_KEY: sid('SK').optional(),
  TWILIO_API_SECRET: z.string().optional(),
  TWILIO_API_BASE_URL: baseUrl.optional(),
  ASSISTANTS_BASE_URL: baseUrl.optional(),
  ASSISTANTS_REPLY: z.enum(['sync', 'webhook'], { message: 'write sync or webhook' }).default('sync'),
  ASSISTANT_ID: z.string().optional(),
  ASSISTANT_LIMITS: limits.default({}),
  ALLOW_PRIVATE_ADDRESSES: flag.optional(),
  OPENAI_API_KEY: z.string().optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  GOOGLE_GENERATIVE_AI_API_KEY: z.string().optional(),
  GROQ_API_KEY: z.string().optional(),
  XAI_API_KEY: z.string().optional(),
  EMBEDDING_MODEL: embeddingModel.optional(),
  EMBEDDING_BASE_URL: baseUrl.optional(),
  SEGMENT_PROFILES_URL: baseUrl.default(segmentUrls.profiles),
  SEGMENT_TRACKING_URL: baseUrl.default(segmentUrls.tracking),
  SESSION_IDLE: duration.default(4 * units.h),
  TURN_DEBOUNCE: duration.default(0),
  TURN_TIMEOUT: duration.default(60 * units.s),
  TURN_ATTEMPTS: z.coerce.number('write a number').int().min(1).max(100).default(5),
  SEND_TIMEOUT: duration.default(10 * units.s),
  APOLOGY_TEXT: z.string().trim().default('Sorry, I cannot answer right now. Please try again in a little while.'),
  HANDOFF_KEYWORDS: words.default(['agent', 'human', 'representative']),
  HANDOFF_ON_FAILURE: flag.default(true),
  HANDOFF_TIMEOUT: duration.default(10 * units.m),
  HANDOFF_TEXT: z.string().trim().default('One moment please, I am getting a colleague for you.'),
  NOBODY_TEXT: z
    .string()
    .trim()
    .default('Sorry, none of my colleagues is free right now. I will gladly go on helping you.'),
  RETURN_TEXT: z.string().trim().default(''),
  FLEX_WORKSPACE_SID: sid('WS').optional(),
  FLEX_WORKFLOW_SID: sid('WW').optional(),
  STUDIO_FLOW_SID: sid('FW').optional(),
  TOOLS_TOKEN: z.string().min(16, 'write at least 16 characters').optional(),
  GROUP_MENTION: z.string().trim().min(2, 'write a word of at least two letters, such as @assistant').optional(),
  WHATSAPP_TEMPLATE_SID: sid('HX').optional(),
  ADMIN_TOKEN: z.string().min(16, 'write at least 16 characters').optional(),
  VIEWER_TOKEN: z.string().min(16, 'write at least 16 characters').optional(),
  VIEWER_SEES_TEXT: flag.default(false),
  METRICS_TOKEN: z.string().min(16, 'write at least 16 characters').optional(),
  SECRETS_KEY: secretsKey.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  LOG_BODIES: flag.default(false),
  // Read by OpenTelemetry itself; here only to know whether it is wanted.
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  OTEL_SDK_DISABLED: flag.default(false),
  // Backfill lists a day of messages again and must find that they were handled.
  RETENTION: duration.refine((ms) => ms >= 2 * units.d, 'write 2d or more').default(90 * units.d),
});

export type Environment = z.output<typeof schema>;

/** The names of all settings. */
export const settingNames = Object.keys(schema.shape);

/** Everything that is wrong with the environment, one sentence a problem. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(
      `The environment has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads the environment (an empty value counts as unset). Throws a {@link ConfigError} that lists every problem at once. */
export function readEnvironment(source: Record<string, string | undefined>): Environment {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  // Values stay out of the sentences: some of them are secrets.
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path[0] as string}: ${issue.message}`);
  problems.push(...pairProblems(given));
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return parsed.data;
}

function pairProblems(given: Record<string, string | undefined>): string[] {
  const problems: string[] = [];
  const together = (first: string, second: string, why: string) => {
    if ((given[first] === undefined) !== (given[second] === undefined)) {
      const [set, unset] = given[first] === undefined ? [second, first] : [first, second];
      problems.push(`${unset}: set it too, because ${set} is set (${why})`);
    }
  };
  together('TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'both come from the Twilio Console');
  if (given.EMBEDDING_MODEL?.startsWith('custom/') && given.EMBEDDING_BASE_URL === undefined) {
    problems.push('EMBEDDING_BASE_URL: set it too, because a custom EMBEDDING_MODEL has no address of its own');
  }
  together('FLEX_WORKSPACE_SID', 'FLEX_WORKFLOW_SID', 'a handoff to Flex needs both');
  together('TWILIO_API_KEY', 'TWILIO_API_SECRET', 'a key works only with its secret');
  if (given.VIEWER_TOKEN !== undefined && given.VIEWER_TOKEN === given.ADMIN_TOKEN) {
    problems.push('VIEWER_TOKEN: choose another one than ADMIN_TOKEN, or viewers are operators');
  }
  if (given.TWILIO_AUTH_TOKEN === undefined) {
    if (given.NODE_ENV === 'production') {
      problems.push(
        'TWILIO_AUTH_TOKEN: set it, because NODE_ENV is production (local mode with its simulated carrier is for development)',
      );
    }
    for (const name of ['TWILIO_API_KEY', 'TWILIO_SUBACCOUNTS', 'TWILIO_AUTH_TOKEN_PREVIOUS', 'TWILIO_API_BASE_URL']) {
      if (given[name] !== undefined)
        problems.push(
          `${name}: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN too, or unset it (without them the carrier is simulated)`,
        );
    }
  } else {
    for (const name of ['ADMIN_TOKEN', 'SECRETS_KEY']) {
      if (given[name] === undefined)
        problems.push(
          `${name}: set it, because a Twilio account is connected (for example from: openssl rand -hex 32)`,
        );
    }
  }
  return problems;
}
