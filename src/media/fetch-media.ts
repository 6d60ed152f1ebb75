import { type Dispatcher, request } from 'undici';
import type { Attachment } from '../assistants/agent/shown-files.ts';
import type { TwilioAccount } from '../config/config.ts';
import { deadline } from '../deadline.ts';
import type { Logger } from '../observability/logger.ts';
import type { Media } from '../thread/thread-state.ts';
import { bareType, bytesOf, isShown } from './file-bytes.ts';

/** Fetches what a customer sent. Never throws: what cannot be had is left out, and stays described in words. */
export type FetchMedia = (accountSid: string, media: readonly Media[], signal: AbortSignal) => Promise<Attachment[]>;

/** What a model may be shown of a whole burst. */
const LARGEST_TOGETHER = 24 * 1024 * 1024;
const MOST = 10;
const TIMEOUT = 15_000;
const MOST_REDIRECTS = 3;

const MEDIA_SERVICE = /^mcs\.[a-z0-9.]*twilio\.com$/;

type File = { data: Buffer; contentType: string };

/**
 * Twilio gets our credentials, and nobody else does: where it sends us on to (its storage, a CDN), none go with us, and
 * the guarded dispatcher keeps us off private networks. `baseUrl` stands in for Twilio's hosts, as in all other calls.
 */
export function createFetchMedia(parts: {
  accounts: Map<string, TwilioAccount>;
  baseUrl: string | undefined;
  /** To Twilio itself. */
  twilio: Dispatcher;
  /** To wherever else a redirect leads. */
  guarded: Dispatcher;
  log: Logger;
}): FetchMedia {
  const { accounts, twilio, guarded, log } = parts;
  const baseOrigin = parts.baseUrl === undefined ? undefined : new URL(parts.baseUrl).origin;

  function isTwilio(url: URL): boolean {
    return url.origin === baseOrigin || (url.protocol === 'https:' && /(?:^|\.)twilio\.com$/.test(url.hostname));
  }

  async function fetchFile(accountSid: string, { url }: Media, signal: AbortSignal): Promise<File> {
    const account = accounts.get(accountSid);
    const first = new URL(url);
    if (!account || !isTwilio(first)) throw new Error('The file is not at Twilio.');
    const authorization = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
    const moved = baseOrigin ? new URL(first.pathname + first.search, baseOrigin) : first;
    const headers = { authorization, ...(baseOrigin && { 'x-forwarded-host': first.host }) };
    const answer = await fetchBytes(moved, headers, signal);
    if (!isOfMediaService(first)) return answer;
    // The file service answers with an address that holds for a few minutes and needs no credentials.
    const { links } = JSON.parse(answer.data.toString('utf8'));
    return fetchBytes(new URL(String(links?.content_direct_temporary)), {}, signal);
  }

  function isOfMediaService({ hostname, pathname }: URL): boolean {
    return MEDIA_SERVICE.test(hostname) || /^\/v1\/Services\/IS[0-9a-fA-F]{32}\/Media\//.test(pathname);
  }

  async function fetchBytes(first: URL, headers: Record<string, string>, signal: AbortSignal): Promise<File> {
    let url = first;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const isOwn = isTwilio(url);
      if (!isOwn && url.protocol !== 'https:') throw new Error('A redirect left https.');
      const dispatcher = isOwn ? twilio : guarded;
      const answer = await request(url, { dispatcher, signal, headers: hop === 0 ? headers : {} });
      if (answer.statusCode >= 300 && answer.statusCode < 400) {
        await answer.body.dump();
        url = new URL(String(answer.headers.location ?? ''), url);
        continue;
      }
      if (answer.statusCode !== 200) {
        await answer.body.dump();
        throw new Error(`It was answered with HTTP ${answer.statusCode}.`);
      }
      const contentType = String(answer.headers['content-type'] ?? '');
      return { data: await bytesOf(answer.body), contentType };
    }
    throw new Error('It is redirected too often.');
  }

  return async (accountSid, media, signal) => {
    const time = deadline(TIMEOUT, signal);
    try {
      const wanted = media.filter(({ contentType }) => isShown(contentType)).slice(0, MOST);
      const files = await Promise.all(
        wanted.map(async (item): Promise<Attachment | undefined> => {
          try {
            const { data, contentType } = await fetchFile(accountSid, item, time.signal);
            // What it is said to be may be less exact than what it is served as.
            const type = isShown(contentType) ? bareType(contentType) : bareType(item.contentType);
            return { contentType: type, data, ...(item.fileName && { fileName: item.fileName }) };
          } catch (error) {
            log.warn({ err: error }, 'media.failed');
            return undefined;
          }
        }),
      );
      let size = 0;
      return files.filter((file): file is Attachment => {
        if (!file || size + file.data.length > LARGEST_TOGETHER) return false;
        size += file.data.length;
        return true;
      });
    } finally {
      time.done();
    }
  };
}
