import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { addParticipant, removeParticipant, updateParticipant } from './participants.ts';
import { participantConversationResource, participantResource } from './resources.ts';
import { attributesOf, baseOf, causeOf, conversationOf, named, serviceOf } from './rest-calls.ts';
import { type Conversation, type Participant, participantOf } from './store.ts';

const MOST_ATTRIBUTES = 4096;

export function participantRoutes(carrier: Carrier): Route[] {
  const show = (call: Call, conversation: Conversation, participant: Participant, status = 200): Answer => ({
    status,
    body: participantResource(baseOf(call), conversation, participant),
  });
  const find = (call: Call): [Conversation, Participant] => {
    const conversation = conversationOf(carrier, call);
    const participant = participantOf(conversation, call.params.sid ?? '');
    if (participant === undefined) throw new RestError(20404);
    return [conversation, participant];
  };

  return [
    {
      method: 'get',
      path: '/ParticipantConversations',
      handle: (call) => {
        const address = call.query.get('Address');
        const identity = call.query.get('Identity');
        if (address === null && identity === null) throw new RestError(20001, 'Address or Identity is required');
        const serviceSid = serviceOf(carrier, call).sid;
        const items = carrier.conversations
          .all()
          .filter((conversation) => conversation.serviceSid === serviceSid)
          .flatMap((conversation) =>
            conversation.participants
              .filter(({ binding, identity: name }) =>
                address === null ? name === identity : binding?.address === address,
              )
              .map((participant) => ({
                sid: participant.sid,
                createdAt: participant.createdAt,
                conversation,
                participant,
              })),
          )
          .reverse();
        return pageOf(call, {
          key: 'conversations',
          items,
          show: (item) => participantConversationResource(baseOf(call), item.conversation, item.participant),
        });
      },
    },
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Participants',
      handle: (call) => {
        const conversation = conversationOf(carrier, call);
        return pageOf(call, {
          key: 'participants',
          items: conversation.participants,
          show: (participant) => participantResource(baseOf(call), conversation, participant),
        });
      },
    },
    {
      method: 'post',
      path: '/Conversations/:conversationSid/Participants',
      handle: async (call) => {
        const conversation = conversationOf(carrier, call);
        const draft = {
          identity: given(call.form, 'Identity'),
          address: given(call.form, 'MessagingBinding.Address'),
          proxyAddress: given(call.form, 'MessagingBinding.ProxyAddress'),
          projectedAddress: given(call.form, 'MessagingBinding.ProjectedAddress'),
          attributes: attributesOf(call, MOST_ATTRIBUTES),
          roleSid: given(call.form, 'RoleSid'),
        };
        return show(call, conversation, await addParticipant(carrier, conversation, draft, causeOf(call)), 201);
      },
    },
    {
      method: 'get',
      path: '/Conversations/:conversationSid/Participants/:sid',
      handle: (call) => show(call, ...find(call)),
    },
    {
      method: 'post',
      path: '/Conversations/:conversationSid/Participants/:sid',
      handle: (call) => {
        const [conversation, participant] = find(call);
        const attributes = attributesOf(call, MOST_ATTRIBUTES);
        const { form } = call;
        const change = named<Parameters<typeof updateParticipant>[3]>(call, {
          attributes: ['Attributes', attributes ?? participant.attributes],
          identity: ['Identity', given(form, 'Identity') ?? null],
          roleSid: ['RoleSid', given(form, 'RoleSid') ?? participant.roleSid],
          binding: ['MessagingBinding.ProxyAddress', reboundTo(participant, call)],
          lastReadMessageIndex: ['LastReadMessageIndex', Number(form.get('LastReadMessageIndex'))],
          lastReadTimestamp: ['LastReadTimestamp', form.get('LastReadTimestamp')],
        });
        updateParticipant(carrier, conversation, participant, change, causeOf(call));
        return show(call, conversation, participant);
      },
    },
    {
      method: 'delete',
      path: '/Conversations/:conversationSid/Participants/:sid',
      handle: (call) => {
        removeParticipant(carrier, ...find(call), causeOf(call));
        return { status: 204 };
      },
    },
  ];
}

/** The same customer, who writes to another number of ours from now on. */
function reboundTo({ binding }: Participant, call: Call): Participant['binding'] {
  const proxyAddress = given(call.form, 'MessagingBinding.ProxyAddress');
  return binding === null || proxyAddress === undefined ? binding : { ...binding, proxyAddress };
}
