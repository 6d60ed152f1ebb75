import type { Carrier } from '../carrier.ts';
import { channelOf } from '../messaging/address.ts';
import { RestError } from '../rest-errors.ts';
import { fixedSid, newSid } from '../sid.ts';
import { participantFields } from './event-fields.ts';
import { announce, askFirst } from './events.ts';
import { type Cause, type Conversation, type Participant, participantOf } from './store.ts';
import { ensureUser } from './users.ts';

const MOST_PARTICIPANTS = 100;

type Draft = {
  identity?: string | undefined;
  address?: string | undefined;
  proxyAddress?: string | undefined;
  projectedAddress?: string | undefined;
  attributes?: string | undefined;
  roleSid?: string | undefined;
};

/** A chat user (`identity`), or a customer at a phone (`address`) who writes to one of our numbers (`proxyAddress`). */
export async function addParticipant(
  carrier: Carrier,
  conversation: Conversation,
  draft: Draft,
  cause: Cause,
): Promise<Participant> {
  const participant = participantFrom(carrier, conversation, draft);
  const { ParticipantSid, DateCreated, ...unsaved } = participantFields(conversation, participant);
  await askFirst(carrier, conversation, 'onParticipantAdd', unsaved, cause);

  const { identity, binding } = participant;
  if (conversation.state === 'closed') throw new RestError(20001, 'The conversation is closed');
  if (conversation.participants.length >= MOST_PARTICIPANTS) throw new RestError(20001, 'Participant limit exceeded');
  if (identity !== null && participantOf(conversation, identity)) throw new RestError(50433);
  checkBinding(carrier, conversation, binding);
  conversation.participants.push(participant);
  if (identity !== null) ensureUser(carrier, conversation, identity);
  void announce(carrier, conversation, 'onParticipantAdded', participantFields(conversation, participant), cause);
  return participant;
}

/** A customer and a number of ours are in one open conversation together. */
function checkBinding(carrier: Carrier, { accountSid }: Conversation, binding: Participant['binding']): void {
  if (binding === null) return;
  const holder = carrier.conversations.byBinding(accountSid, binding.address, binding.proxyAddress);
  if (holder !== undefined) throw new RestError(50416, `Conversation ${holder.sid}`);
}

function participantFrom(carrier: Carrier, conversation: Conversation, draft: Draft): Participant {
  const { identity, address, proxyAddress, projectedAddress } = draft;
  if (identity === undefined && address === undefined) {
    throw new RestError(20001, 'Identity or MessagingBinding.Address is required');
  }
  if (address !== undefined && proxyAddress === undefined && projectedAddress === undefined) {
    throw new RestError(20001, 'MessagingBinding.ProxyAddress is required');
  }
  if (address !== undefined && proxyAddress !== undefined && channelOf(address) !== channelOf(proxyAddress)) {
    throw new RestError(20001, 'MessagingBinding.Address and ProxyAddress must be of the same channel');
  }
  if ((identity?.length ?? 0) > 256) throw new RestError(20001, 'Identity may have 256 characters');
  const at = carrier.now();
  return {
    sid: newSid('MB'),
    identity: identity ?? null,
    attributes: draft.attributes ?? '{}',
    binding:
      address === undefined
        ? null
        : {
            type: channelOf(address),
            address,
            proxyAddress: proxyAddress ?? '',
            projectedAddress: projectedAddress ?? null,
          },
    roleSid: draft.roleSid ?? fixedSid('RL', conversation.serviceSid),
    lastReadMessageIndex: null,
    lastReadTimestamp: null,
    createdAt: at,
    updatedAt: at,
  };
}

export function updateParticipant(
  carrier: Carrier,
  conversation: Conversation,
  participant: Participant,
  change: Partial<
    Pick<Participant, 'attributes' | 'roleSid' | 'identity' | 'lastReadMessageIndex' | 'lastReadTimestamp' | 'binding'>
  >,
  cause: Cause,
): void {
  if (change.binding && change.binding.proxyAddress !== participant.binding?.proxyAddress) {
    checkBinding(carrier, conversation, change.binding);
  }
  Object.assign(participant, change, { updatedAt: carrier.now() });
  const fields = {
    ...participantFields(conversation, participant),
    DateUpdated: participant.updatedAt.toISOString(),
    ...(participant.lastReadMessageIndex !== null && {
      LastReadMessageIndex: String(participant.lastReadMessageIndex),
    }),
  };
  void announce(carrier, conversation, 'onParticipantUpdated', fields, cause);
}

export function removeParticipant(
  carrier: Carrier,
  conversation: Conversation,
  participant: Participant,
  cause: Cause,
): void {
  conversation.participants = conversation.participants.filter((kept) => kept !== participant);
  const at = carrier.now().toISOString();
  const fields = { ...participantFields(conversation, participant), DateUpdated: at, DateRemoved: at };
  void announce(carrier, conversation, 'onParticipantRemoved', fields, cause);
}
