import type { Carrier } from '../carrier.ts';
import { deliverEvent } from '../deliver-event.ts';
import { builtInFlex, type ChannelParticipant, type Interaction } from './store.ts';

export const interactionEvents = [
  'onInteractionCreated',
  'onChannelCreated',
  'onChannelCreateFailed',
  'onChannelStatusUpdated',
  'onParticipantJoined',
  'onParticipantLeft',
  'onParticipantUpdated',
] as const;
type InteractionEvent = (typeof interactionEvents)[number];

/** Tells the account's interaction webhooks, the interaction's own, and the event stream. */
export function tellInteraction(
  carrier: Carrier,
  interaction: Interaction,
  event: InteractionEvent,
  participant?: ChannelParticipant,
): void {
  const { channel, accountSid } = interaction;
  const fields: Record<string, string> = {
    AccountSid: accountSid,
    InstanceSid: builtInFlex(accountSid).instanceSid,
    EventType: event,
    InteractionSid: interaction.sid,
    ...(channel.conversationSid !== null && { MediaChannelSid: channel.conversationSid }),
    MediaChannelType: channel.type,
    ...(event !== 'onInteractionCreated' && { ChannelSid: channel.sid }),
    ...(event === 'onChannelStatusUpdated' && { ChannelStatus: channel.status }),
    ...(event === 'onChannelCreateFailed' && {
      ErrorCode: String(channel.errorCode),
      ErrorMessage: channel.errorMessage ?? '',
    }),
    ...(participant !== undefined && {
      ParticipantSid: participant.sid,
      ParticipantType: participant.type,
      ...(participant.task !== null && { TaskSid: participant.task.sid }),
    }),
  };
  carrier.publish(`interaction.${event}`, () => fields);
  const account = carrier.accounts.find(({ sid }) => sid === accountSid);
  if (account === undefined) return;
  const registered = [...carrier.flex.webhooks.values()].filter((webhook) => webhook.accountSid === accountSid);
  const byDefault = carrier.defaults.interactions();
  const targets =
    registered.length === 0 && byDefault !== undefined
      ? [{ url: byDefault, method: 'POST' as const }]
      : registered.filter(
          ({ events, type, ttid }) => events.includes(event) && (type === 'global' || ttid === interaction.webhookTtid),
        );
  for (const { url, method } of targets) {
    void carrier.pace.track(deliverEvent(carrier, { url, method, authToken: account.authToken, fields }));
  }
}
