import type { Assistants } from '../assistants/assistants.ts';
import type { createClosers } from '../closers.ts';
import type { Config } from '../config/config.ts';
import { uuidv7 } from '../ids.ts';
import type { FetchMedia } from '../media/fetch-media.ts';
import { createLocalAsk } from './ask-local.ts';
import { createRemoteAsk } from './ask-remote.ts';
import { CALLBACK_PATH } from './callback-route.ts';
import { signCallbackToken } from './callback-token.ts';
import type { Ask } from './question.ts';

/** The way to whichever assistants are asked: our own, in this process, or a server's. */
export function createAsk(
  config: Config,
  assistants: Assistants,
  fetchMedia: FetchMedia,
  closers: ReturnType<typeof createClosers>,
  now: () => Date,
): Ask {
  const { baseUrl, defaultAssistantId, reply } = config.assistants;
  const { timeout } = config.turns;
  if (!baseUrl) return createLocalAsk({ assistants, fetchMedia, defaultAssistantId, timeout });
  const remote = createRemoteAsk({
    baseUrl,
    accounts: config.twilio.accounts,
    defaultAssistantId,
    timeout,
    callbackUrl:
      reply === 'webhook'
        ? ({ turnId, publicUrl }) => {
            const base = config.http.publicUrl ?? publicUrl;
            const token = signCallbackToken(config.secrets.secretsKey, { turnId, use: uuidv7() }, now());
            return base ? `${base}${CALLBACK_PATH}?_token=${token}` : undefined;
          }
        : undefined,
  });
  closers.add('assistants client', remote.close);
  return remote.ask;
}
