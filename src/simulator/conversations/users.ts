import type { Carrier } from '../carrier.ts';
import { newSid } from '../sid.ts';
import type { Conversation, User } from './store.ts';

/** Whoever takes part in a conversation by an identity is a user of its service from then on. */
export function ensureUser(
  carrier: Carrier,
  owner: Pick<Conversation, 'accountSid' | 'serviceSid'>,
  identity: string,
): User {
  const { users } = carrier.conversations;
  const found = findUser(carrier, owner.serviceSid, identity);
  if (found !== undefined) return found;
  const at = carrier.now();
  const user: User = {
    sid: newSid('US'),
    accountSid: owner.accountSid,
    serviceSid: owner.serviceSid,
    identity,
    friendlyName: identity,
    attributes: '{}',
    createdAt: at,
    updatedAt: at,
  };
  users.set(user.sid, user);
  return user;
}

/** By SID or identity. */
export function findUser(carrier: Carrier, serviceSid: string, name: string): User | undefined {
  return [...carrier.conversations.users.values()].find(
    (user) => user.serviceSid === serviceSid && (user.sid === name || user.identity === name),
  );
}
