import { randomBytes } from 'node:crypto';
import type { Carrier } from '../carrier.ts';
import type { Media } from '../messaging/messages.ts';
import { newSid } from '../sid.ts';

/** A file of the Media Content Service. Whoever knows `key` may fetch it without credentials, as by a signed URL. */
export type StoredMedia = Media & {
  accountSid: string;
  serviceSid: string;
  filename: string | null;
  size: number;
  key: string;
  createdAt: Date;
};

export function storeMedia(
  carrier: Carrier,
  file: Pick<StoredMedia, 'accountSid' | 'serviceSid' | 'content' | 'contentType'> & { filename?: string | null },
): StoredMedia {
  const media: StoredMedia = {
    filename: null,
    ...file,
    sid: newSid('ME'),
    size: Buffer.isBuffer(file.content) ? file.content.length : 0,
    key: randomBytes(16).toString('hex'),
    createdAt: carrier.now(),
  };
  carrier.conversations.keepFile(media);
  return media;
}

/** Where the bytes are, for `links.content_direct_temporary`. */
export function mediaPath(media: StoredMedia): string {
  return `/simulator/media/${media.sid}?key=${media.key}`;
}
