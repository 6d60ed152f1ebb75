import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import type { TwilioAccount } from '../config/config.ts';
import { deadline } from '../deadline.ts';
import type { Logger } from '../observability/logger.ts';
import { bareType, bytesOf, isShown } from './file-bytes.ts';

/** Puts a file from the web where a Conversation's messages can carry it. Undefined where that cannot be; never throws. */
export type PublishMedia = (accountSid: string, serviceSid: string, url: string) => Promise<string | undefined>;

/** How long a message may wait for its file, in milliseconds. */
export const PUBLISH_TIME = 10_000;

const uploaded = z.object({ sid: z.string().regex(/^ME[0-9a-fA-F]{32}$/) });

/** Conversations takes no URLs, as the Messages API does: the file is brought to Twilio's Media Content Service. */
export function createPublishMedia(parts: {
  accounts: Map<string, TwilioAccount>;
  baseUrl: string | undefined;
  /** To Twilio itself. */
  twilio: Dispatcher;
  /** To the web. */
  guarded: Dispatcher;
  log: Logger;
}): PublishMedia {
  const { accounts, baseUrl, twilio, guarded, log } = parts;
  const host = 'mcs.us1.twilio.com';
  return async (accountSid, serviceSid, url) => {
    const time = deadline(PUBLISH_TIME);
    const { signal } = time;
    try {
      const account = accounts.get(accountSid);
      if (!account) return undefined;
      const found = await request(url, { dispatcher: guarded, signal });
      const contentType = bareType(String(found.headers['content-type'] ?? ''));
      if (found.statusCode !== 200 || !isShown(contentType)) {
        await found.body.dump();
        throw new Error(`The file was answered with HTTP ${found.statusCode}, ${contentType}.`);
      }
      const data = await bytesOf(found.body);
      const answer = await request(`${baseUrl ?? `https://${host}`}/v1/Services/${serviceSid}/Media`, {
        method: 'POST',
        dispatcher: twilio,
        signal,
        headers: {
          authorization: `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`,
          'content-type': contentType,
          ...(baseUrl && { 'x-forwarded-host': host }),
        },
        body: data,
      });
      return uploaded.parse(JSON.parse((await bytesOf(answer.body)).toString('utf8'))).sid;
    } catch (error) {
      log.warn({ err: error }, 'media.not_published');
      return undefined;
    } finally {
      time.done();
    }
  };
}
