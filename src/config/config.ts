import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { wantsTraces } from '../observability/tracing-sdk.ts';
import { builtInFlex } from '../simulator/flex/store.ts';
import { ConfigError, type Environment } from './env.ts';

/** One Twilio account whose webhooks we verify and in whose name we send. */
export type TwilioAccount = {
  accountSid: string;
  /** Tokens that may have signed a webhook; the first is the current one. */
  authTokens: string[];
  /** Basic auth of REST calls. */
  username: string;
  password: string;
};

export type Config = ReturnType<typeof configFrom>;

/** The environment as the typed settings of each part. In local mode the secrets that nobody set come from `DATA_DIR`. */
export function configFrom(env: Environment) {
  const local = env.TWILIO_AUTH_TOKEN === undefined;
  const dataDir = resolve(env.DATA_DIR);
  const generated = local ? localSecrets(dataDir) : undefined;
  const host = env.HOST ?? (local ? '127.0.0.1' : '0.0.0.0');
  return Object.freeze({
    local,
    http: { port: env.PORT, host, publicUrl: env.PUBLIC_URL, trustedProxies: env.TRUSTED_PROXIES },
    store: { databaseUrl: env.DATABASE_URL, dataDir },
    queue: { redisUrl: env.REDIS_URL },
    roles: { web: env.ROLES.includes('web'), worker: env.ROLES.includes('worker') },
    twilio: {
      accounts: generated ? [simulatedAccount(generated)] : twilioAccounts(env),
      apiBaseUrl: env.TWILIO_API_BASE_URL,
      timeout: env.SEND_TIMEOUT,
    },
    assistants: {
      baseUrl: env.ASSISTANTS_BASE_URL,
      defaultAssistantId: env.ASSISTANT_ID,
      reply: env.ASSISTANTS_REPLY,
      limits: env.ASSISTANT_LIMITS,
      allowPrivateAddresses: env.ALLOW_PRIVATE_ADDRESSES ?? local,
      providerKeys: {
        openai: env.OPENAI_API_KEY,
        anthropic: env.ANTHROPIC_API_KEY,
        gemini: env.GOOGLE_GENERATIVE_AI_API_KEY,
        groq: env.GROQ_API_KEY,
        xai: env.XAI_API_KEY,
      },
      segment: { profiles: env.SEGMENT_PROFILES_URL, tracking: env.SEGMENT_TRACKING_URL },
      embedding: env.EMBEDDING_MODEL ? { model: env.EMBEDDING_MODEL, baseUrl: env.EMBEDDING_BASE_URL } : undefined,
    },
    turns: {
      sessionIdle: env.SESSION_IDLE,
      debounce: env.TURN_DEBOUNCE,
      timeout: env.TURN_TIMEOUT,
      attempts: env.TURN_ATTEMPTS,
      apologyText: env.APOLOGY_TEXT,
      groupMention: env.GROUP_MENTION,
      whatsappTemplate: env.WHATSAPP_TEMPLATE_SID,
      handoff: {
        keywords: env.HANDOFF_KEYWORDS,
        onFailure: env.HANDOFF_ON_FAILURE,
        timeout: env.HANDOFF_TIMEOUT,
        flex:
          env.FLEX_WORKSPACE_SID && env.FLEX_WORKFLOW_SID
            ? { workspaceSid: env.FLEX_WORKSPACE_SID, workflowSid: env.FLEX_WORKFLOW_SID }
            : generated && builtInFlex(generated.accountSid),
        studioFlowSid: env.STUDIO_FLOW_SID,
        requestedText: env.HANDOFF_TEXT,
        nobodyText: env.NOBODY_TEXT,
        returnText: env.RETURN_TEXT,
      },
    },
    console: { viewerSeesText: env.VIEWER_SEES_TEXT },
    secrets: {
      adminToken: (env.ADMIN_TOKEN ?? generated?.adminToken) as string,
      viewerToken: env.VIEWER_TOKEN,
      metricsToken: env.METRICS_TOKEN,
      toolsToken: env.TOOLS_TOKEN,
      secretsKey: env.SECRETS_KEY ?? Buffer.from(generated?.secretsKey as string, 'hex'),
    },
    traces: wantsTraces(env),
    log: { level: env.LOG_LEVEL, bodies: env.LOG_BODIES },
    retention: env.RETENTION,
  });
}

function twilioAccounts(env: Environment): TwilioAccount[] {
  const accountSid = env.TWILIO_ACCOUNT_SID as string;
  const authToken = env.TWILIO_AUTH_TOKEN as string;
  const main: TwilioAccount = {
    accountSid,
    authTokens: [authToken, env.TWILIO_AUTH_TOKEN_PREVIOUS].filter((token) => token !== undefined),
    username: env.TWILIO_API_KEY ?? accountSid,
    password: env.TWILIO_API_SECRET ?? authToken,
  };
  const others = env.TWILIO_SUBACCOUNTS.map((sub) => ({
    accountSid: sub.accountSid,
    authTokens: [sub.authToken],
    username: sub.accountSid,
    password: sub.authToken,
  }));
  return [main, ...others];
}

const localSecretsSchema = z.object({
  accountSid: z.string(),
  authToken: z.string(),
  adminToken: z.string(),
  secretsKey: z.string(),
});

type LocalSecrets = z.output<typeof localSecretsSchema>;

function simulatedAccount(secrets: LocalSecrets): TwilioAccount {
  const { accountSid, authToken } = secrets;
  return { accountSid, authTokens: [authToken], username: accountSid, password: authToken };
}

/** Made once per data folder, so that tokens in scripts and encrypted rows stay valid over restarts. */
function localSecrets(dataDir: string): LocalSecrets {
  const file = join(dataDir, 'local-secrets.json');
  try {
    return localSecretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new ConfigError([
        `DATA_DIR: ${file} cannot be read (${(error as Error).message.split('\n')[0]}). Mend it, or delete it to have new local secrets made.`,
      ]);
    }
  }
  const secrets: LocalSecrets = {
    accountSid: `AC${randomBytes(16).toString('hex')}`,
    authToken: randomBytes(16).toString('hex'),
    adminToken: randomBytes(24).toString('base64url'),
    secretsKey: randomBytes(32).toString('hex'),
  };
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // Whole or not at all: a crash in the middle must not leave a file that stops the next start.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    throw new ConfigError([
      `DATA_DIR: ${dataDir} cannot be written (${(error as Error).message}). Choose a folder that this user may write to.`,
    ]);
  }
  return secrets;
}
