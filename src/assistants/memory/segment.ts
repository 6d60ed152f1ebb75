import { createHash } from 'node:crypto';
import { z } from 'zod';
import { deadline } from '../../deadline.ts';
import type { SegmentCredential } from '../api/schemas.ts';
import { readText } from '../tools/read-text.ts';
import type { Trait, TraitRow } from './traits.ts';

/** Where Segment is: its addresses differ by region. */
export type SegmentUrls = { profiles: string; tracking: string };

export const segmentUrls: SegmentUrls = {
  profiles: 'https://profiles.segment.com',
  tracking: 'https://api.segment.io',
};

/** A customer waits. */
const READ_TIME = 2_000;
const WRITE_TIME = 10_000;
const MOST_BYTES = 256 * 1024;
const MOST_TRAITS = 100;
const LONGEST_VALUE = 200;

const profile = z.object({ traits: z.record(z.string(), z.unknown()) });

export type Segment = ReturnType<typeof createSegment>;

/** Speaks to a workspace of Segment: reads what it knows of a user, and tells it what was learnt. */
export function createSegment({ fetch, urls }: { fetch: typeof globalThis.fetch; urls: SegmentUrls }) {
  return {
    /** What the Profile API knows of an identity, as plain texts. Throws if it cannot be asked. */
    async readTraits(credential: SegmentCredential, identity: string, signal: AbortSignal): Promise<Trait[]> {
      const { space_id, profile_api_key } = credential;
      if (!space_id || !profile_api_key) return [];
      const path = `/v1/spaces/${encodeURIComponent(space_id)}/collections/users/profiles/${encodeURIComponent(identity)}/traits?limit=${MOST_TRAITS}`;
      const response = await fetch(urls.profiles + path, {
        headers: { Authorization: basic(profile_api_key), Accept: 'application/json' },
        redirect: 'manual',
        signal: deadline(READ_TIME, signal).signal,
      });
      if (response.status === 404) {
        await response.body?.cancel();
        return [];
      }
      const { text } = await readText(response, MOST_BYTES);
      if (!response.ok) throw new SegmentError('profiles', response.status);
      return Object.entries(profile.parse(JSON.parse(text)).traits).flatMap(([name, value]) => {
        const plain = plainValue(value);
        return plain === undefined ? [] : [{ name, value: plain }];
      });
    },

    /** Identifies the user with what was learnt, and tracks from which message each of it came. Throws if it was not taken. */
    async write(credential: SegmentCredential, identity: string, traits: TraitRow[]): Promise<void> {
      const { write_key } = credential;
      if (!write_key || traits.length === 0) return;
      const user = userOf(identity);
      const common = { ...user.ids, context: { ...user.context, library: { name: 'tandem', version: '1' } } };
      const batch = [
        {
          type: 'identify',
          ...common,
          traits: { ...user.traits, ...Object.fromEntries(traits.map(({ name, value }) => [name, value])) },
          timestamp: latest(traits),
          messageId: idOf('identify', identity, traits),
        },
        ...traits.map((trait) => ({
          type: 'track',
          ...common,
          event: 'Trait Perceived',
          properties: {
            trait: trait.name,
            value: trait.value,
            source: trait.source,
            session_id: trait.session_id,
            message_id: trait.message_id,
          },
          timestamp: trait.updated_at.toISOString(),
          // Segment takes what comes twice once.
          messageId: idOf('track', identity, [trait]),
        })),
      ];
      const response = await fetch(`${urls.tracking}/v1/batch`, {
        method: 'POST',
        headers: { Authorization: basic(write_key), 'Content-Type': 'application/json' },
        body: JSON.stringify({ batch }),
        redirect: 'manual',
        signal: AbortSignal.timeout(WRITE_TIME),
      });
      await response.body?.cancel();
      if (!response.ok) throw new SegmentError('tracking', response.status);
    },
  };
}

class SegmentError extends Error {
  readonly status: number;
  constructor(api: string, status: number) {
    super(`Segment's ${api} API answered ${status}.`);
    this.name = 'SegmentError';
    this.status = status;
  }
}

/** The key is the user name, and there is no password. */
const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** An identity is `<type of identifier>:<value>`, as Segment's own external ids are. */
function userOf(identity: string) {
  const colon = identity.indexOf(':');
  const type = colon > 0 ? identity.slice(0, colon) : 'user_id';
  const id = colon > 0 ? identity.slice(colon + 1) : identity;
  if (type === 'user_id') return { ids: { userId: id }, context: {}, traits: {} };
  return {
    // Segment wants one of its two ids; the external one is what it finds the user by.
    ids: { anonymousId: createHash('sha256').update(identity).digest('hex').slice(0, 32) },
    context: { externalIds: [{ id, type, collection: 'users', encoding: 'none' }] },
    traits: type === 'email' ? { email: id } : type === 'phone' || type === 'whatsapp' ? { phone: id } : {},
  };
}

const latest = (traits: TraitRow[]) =>
  new Date(Math.max(...traits.map(({ updated_at }) => updated_at.getTime()))).toISOString();

function idOf(kind: string, identity: string, traits: TraitRow[]): string {
  const content = traits.map(({ name, value, updated_at }) => [name, value, updated_at.toISOString()]);
  return createHash('sha256')
    .update(JSON.stringify([kind, identity, content]))
    .digest('hex')
    .slice(0, 32);
}

function plainValue(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    const line = String(value).replace(/\s+/g, ' ').trim();
    return line === '' ? undefined : line.slice(0, LONGEST_VALUE);
  }
  if (Array.isArray(value)) return plainValue(value.filter((each) => typeof each !== 'object').join(', '));
  return undefined;
}
