import { isoDate } from '../product-api.ts';
import { fixedSid } from '../sid.ts';
import {
  builtInFlex,
  type ChannelParticipant,
  type Interaction,
  type Invite,
  type Task,
  type Transfer,
} from './store.ts';

const base = 'https://flex-api.twilio.com/v1/Interactions';

export function interactionResource(interaction: Interaction) {
  const { channel } = interaction;
  const [first] = channel.invites;
  return {
    sid: interaction.sid,
    channel: { type: channel.type, sid: channel.sid },
    routing: first === undefined ? null : routingResource(first.task),
    interaction_context_sid: interaction.contextSid,
    webhook_ttid: interaction.webhookTtid,
    url: `${base}/${interaction.sid}`,
    links: { channels: `${base}/${interaction.sid}/Channels` },
  };
}

/** The task as Flex shows it, which is not as TaskRouter does. */
function routingResource(task: Task) {
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  return {
    reservation: null,
    properties: {
      account_sid: task.accountSid,
      workspace_sid: task.workspaceSid,
      sid: task.sid,
      date_created: seconds(task.createdAt),
      date_updated: seconds(task.updatedAt),
      attributes: task.attributes,
      assignment_status: task.status,
      workflow_sid: task.workflowSid,
      workflow_name: 'Assign to Anyone',
      queue_sid: task.queueSid,
      queue_name: 'Everyone',
      priority: task.priority,
      age: seconds(task.updatedAt) - seconds(task.createdAt),
      reason: task.reason ?? '',
      timeout: task.timeoutSeconds,
      assignmentCounter: task.reservations.length,
      task_channel_sid: fixedSid('TC', task.channelUniqueName),
      task_channel_unique_name: task.channelUniqueName,
      routing_target: task.onlyFor?.sid ?? null,
      task_queue_entered_date: seconds(task.createdAt),
      age_in_queue: 0,
      addons: '{}',
    },
  };
}

function channelUrl({ sid, channel }: Interaction): string {
  return `${base}/${sid}/Channels/${channel.sid}`;
}

export function channelResource(interaction: Interaction) {
  const { channel } = interaction;
  const url = channelUrl(interaction);
  return {
    sid: channel.sid,
    interaction_sid: interaction.sid,
    type: channel.type,
    status: channel.status,
    error_code: channel.errorCode,
    error_message: channel.errorMessage,
    url,
    links: { participants: `${url}/Participants`, invites: `${url}/Invites`, transfers: `${url}/Transfers` },
  };
}

export function inviteResource(interaction: Interaction, invite: Invite) {
  return {
    sid: invite.sid,
    channel_sid: interaction.channel.sid,
    interaction_sid: interaction.sid,
    routing: routingResource(invite.task),
    url: `${channelUrl(interaction)}/Invites/${invite.sid}`,
  };
}

export function participantResource(interaction: Interaction, participant: ChannelParticipant) {
  const { task, worker } = participant;
  return {
    sid: participant.sid,
    channel_sid: interaction.channel.sid,
    interaction_sid: interaction.sid,
    type: participant.type,
    routing_properties:
      task === null || worker === null
        ? null
        : {
            task_sid: task.sid,
            worker_sid: worker.sid,
            reservation_sid: task.reservations.findLast((offer) => offer.worker.sid === worker.sid)?.sid ?? null,
          },
    url: `${channelUrl(interaction)}/Participants/${participant.sid}`,
  };
}

export function transferResource(interaction: Interaction, transfer: Transfer) {
  return {
    sid: transfer.sid,
    account_sid: interaction.accountSid,
    instance_sid: builtInFlex(interaction.accountSid).instanceSid,
    interaction_sid: interaction.sid,
    channel_sid: interaction.channel.sid,
    execution_sid: null,
    type: transfer.type,
    status: transfer.status,
    from: transfer.from,
    to: transfer.to,
    note_sid: null,
    summary_sid: null,
    date_created: isoDate(transfer.createdAt),
    date_updated: isoDate(transfer.updatedAt),
    url: `${channelUrl(interaction)}/Transfers/${transfer.sid}`,
  };
}
