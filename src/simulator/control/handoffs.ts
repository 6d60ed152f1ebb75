import type { Carrier } from '../carrier.ts';
import type { Interaction } from '../flex/store.ts';

type Span = { from: Date; to: Date | null };

/**
 * What a witness can say of every handoff: how many interactions the conversation got, when a person was asked for,
 * when one was there, and what was said meanwhile by neither customer nor agent.
 */
export function handoffs(carrier: Carrier) {
  return carrier.flex.interactions.map((interaction) => {
    const { channel } = interaction;
    const tasks = channel.invites.map(({ task }) => task);
    const asked = { from: interaction.createdAt, to: endOf(interaction) };
    const human = channel.participants
      .filter(({ type }) => type === 'agent')
      .map(({ createdAt, leftAt }) => ({ from: createdAt, to: leftAt }));
    return {
      sid: interaction.sid,
      channelSid: channel.sid,
      channelStatus: channel.status,
      conversationSid: channel.conversationSid,
      customer: customerOf(carrier, interaction),
      createdAt: interaction.createdAt,
      tasks: tasks.map(({ sid, status, reason }) => ({ sid, status, reason })),
      /** Open or not, including this one. */
      interactionsOfConversation: carrier.flex.interactions.filter(
        (other) => other.channel.conversationSid === channel.conversationSid && channel.conversationSid !== null,
      ).length,
      saidWhileAsked: saidWithin(carrier, interaction, [asked]),
      saidWhileHuman: saidWithin(carrier, interaction, human),
    };
  });
}

/** When the last of its tasks was over and the last agent had left. */
function endOf({ channel }: Interaction): Date | null {
  const ends = [
    ...channel.invites.map(({ task }) => task.endedAt),
    ...channel.participants.filter(({ type }) => type === 'agent').map(({ leftAt }) => leftAt),
  ];
  if (ends.some((end) => end === null)) return null;
  return new Date(Math.max(...ends.map((end) => end?.getTime() ?? 0)));
}

/** The customer's address and the number of ours that they write to, where there are such. */
function customerOf(carrier: Carrier, { channel }: Interaction) {
  const conversation = carrier.conversations.get(channel.conversationSid ?? '');
  return conversation?.participants.find(({ binding }) => binding !== null)?.binding ?? null;
}

/**
 * Over REST, into the conversation or straight to the customer's phone: those are an assistant's words. What was said at
 * the very moment at which a span begins may have been before it, and does not count.
 */
function saidWithin(carrier: Carrier, interaction: Interaction, spans: readonly Span[]) {
  const within = (at: Date) => spans.some(({ from, to }) => at > from && (to === null || at < to));
  const customer = customerOf(carrier, interaction);
  const conversation = carrier.conversations.get(interaction.channel.conversationSid ?? '');
  const inConversation = (conversation?.messages ?? []).filter(({ cause }) => cause.by === 'api');
  const toPhone =
    customer === null
      ? []
      : carrier.log
          .all()
          .filter(
            ({ origin, from, to }) =>
              (origin === 'api' || origin === 'twiml') && to === customer.address && from === customer.proxyAddress,
          );
  return [...inConversation, ...toPhone]
    .filter(({ createdAt }) => within(createdAt))
    .map(({ sid, body, createdAt }) => ({ sid, body, createdAt }));
}
