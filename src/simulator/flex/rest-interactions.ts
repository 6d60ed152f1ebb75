import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, givenJson, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { newSid } from '../sid.ts';
import { endChannel, leave } from './agents.ts';
import { tellInteraction } from './interaction-events.ts';
import { addInvite, channelJson, createInteraction, joinChannel, routingJson } from './interactions.ts';
import {
  channelResource,
  interactionResource,
  inviteResource,
  participantResource,
  transferResource,
} from './resources.ts';
import type { ChannelParticipant, Interaction, Transfer } from './store.ts';
import { offerTask, wrapUpTask } from './tasks.ts';

const participantTypes = ['supervisor', 'customer', 'external', 'agent', 'unknown'] as const;
const channelPath = '/Interactions/:interactionSid/Channels/:channelSid';

export function interactionRoutes(carrier: Carrier): Route[] {
  const find = (call: Call): Interaction => {
    const { interactionSid, channelSid } = call.params;
    const found = carrier.flex.interactions.find(
      ({ sid, accountSid }) => sid === interactionSid && accountSid === call.accountSid,
    );
    if (found === undefined || (channelSid !== undefined && found.channel.sid !== channelSid)) {
      throw new RestError(20404);
    }
    return found;
  };
  const participantOf = (call: Call): [Interaction, ChannelParticipant] => {
    const interaction = find(call);
    const participant = interaction.channel.participants.find(({ sid }) => sid === call.params.sid);
    if (participant === undefined) throw new RestError(20404);
    return [interaction, participant];
  };

  return [
    {
      method: 'post',
      path: '/Interactions',
      handle: (call) => {
        const interaction = createInteraction(carrier, call.accountSid, {
          channel: parsed(call, 'Channel', channelJson),
          routing: parsed(call, 'Routing', z.looseObject({ properties: routingJson })).properties,
          webhookTtid: given(call.form, 'WebhookTtid'),
          contextSid: given(call.form, 'InteractionContextSid'),
        });
        return { body: interactionResource(interaction) };
      },
    },
    {
      method: 'get',
      path: '/Interactions/:interactionSid',
      handle: (call) => ({ body: interactionResource(find(call)) }),
    },
    {
      method: 'post',
      path: '/Interactions/:interactionSid',
      handle: (call) => {
        const interaction = find(call);
        interaction.webhookTtid = given(call.form, 'WebhookTtid') ?? null;
        return { body: interactionResource(interaction) };
      },
    },
    {
      method: 'get',
      path: '/Interactions/:interactionSid/Channels',
      handle: (call) => {
        const interaction = find(call);
        return pageOf(call, {
          key: 'channels',
          items: [interaction.channel],
          show: () => channelResource(interaction),
        });
      },
    },
    { method: 'get', path: channelPath, handle: (call) => ({ body: channelResource(find(call)) }) },
    {
      method: 'post',
      path: channelPath,
      handle: (call): Answer => {
        const interaction = find(call);
        const status = given(call.form, 'Status');
        const routing = z.looseObject({ status: z.string() }).safeParse(givenJson(call.form, 'Routing'));
        if (status !== 'closed' && status !== 'inactive') throw new RestError(20001, 'Status');
        if (status === 'inactive' && routing.data?.status !== 'closed')
          throw new RestError(20001, 'Routing is required');
        if (interaction.channel.status === 'closed') throw new RestError(20409, 'The channel is closed');
        endChannel(carrier, interaction, { status, tasks: routing.data?.status === 'closed' ? 'complete' : 'wrap up' });
        return { body: channelResource(interaction) };
      },
    },
    {
      method: 'get',
      path: `${channelPath}/Participants`,
      handle: (call) => {
        const interaction = find(call);
        return pageOf(call, {
          key: 'participants',
          items: interaction.channel.participants.filter(({ leftAt }) => leftAt === null),
          show: (participant) => participantResource(interaction, participant),
        });
      },
    },
    {
      method: 'post',
      path: `${channelPath}/Participants`,
      handle: (call) => {
        const interaction = find(call);
        const type = participantTypes.find((known) => known === given(call.form, 'Type'));
        if (type === undefined) throw new RestError(20001, 'Type');
        const participant = joinChannel(carrier, interaction, { type, task: null, worker: null });
        return { body: participantResource(interaction, participant) };
      },
    },
    {
      method: 'post',
      path: `${channelPath}/Participants/:sid`,
      handle: (call) => {
        const [interaction, participant] = participantOf(call);
        const status = given(call.form, 'Status');
        if (status === 'closed') leave(carrier, interaction, participant);
        else if (status === 'wrapup') {
          if (participant.task === null) throw new RestError(20409, 'The participant has no task');
          wrapUpTask(carrier, participant.task);
          tellInteraction(carrier, interaction, 'onParticipantUpdated', participant);
        } else throw new RestError(20001, 'Status');
        return { body: participantResource(interaction, participant) };
      },
    },
    {
      method: 'get',
      path: `${channelPath}/Invites`,
      handle: (call) => {
        const interaction = find(call);
        return pageOf(call, {
          key: 'invites',
          items: interaction.channel.invites,
          show: (invite) => inviteResource(interaction, invite),
        });
      },
    },
    {
      method: 'post',
      path: `${channelPath}/Invites`,
      handle: (call) => {
        const interaction = find(call);
        const { channel } = interaction;
        if (channel.status === 'closed' || channel.status === 'failed') {
          throw new RestError(20409, `The channel is ${channel.status}`);
        }
        const routing = parsed(call, 'Routing', z.looseObject({ properties: routingJson }));
        const invite = addInvite(carrier, interaction, routing.properties);
        channel.status = 'active';
        offerTask(carrier, invite.task);
        return { body: inviteResource(interaction, invite) };
      },
    },
    {
      method: 'post',
      path: `${channelPath}/Transfers`,
      handle: (call) => {
        const interaction = find(call);
        return { status: 201, body: transferResource(interaction, transfer(carrier, interaction, call)) };
      },
    },
    {
      method: 'get',
      path: `${channelPath}/Transfers/:sid`,
      handle: (call) => {
        const interaction = find(call);
        const found = interaction.channel.transfers.find(({ sid }) => sid === call.params.sid);
        if (found === undefined) throw new RestError(20404);
        return { body: transferResource(interaction, found) };
      },
    },
  ];
}

const transferJson = z.looseObject({
  type: z.enum(['cold', 'warm']).default('cold'),
  /** The agent who hands over. */
  from: z.string().regex(/^UT[0-9a-f]{32}$/),
  /** A worker, a queue or a workflow. */
  to: z.string().regex(/^(WK|WQ|WW)[0-9a-fA-F]{32}$/),
});

function transfer(carrier: Carrier, interaction: Interaction, call: Call): Transfer {
  const body = transferJson.safeParse(jsonOf(call.body.toString()));
  if (!body.success) throw new RestError(20001, z.prettifyError(body.error));
  const { type, from, to } = body.data;
  const agent = interaction.channel.participants.find(({ sid, leftAt }) => sid === from && leftAt === null);
  const task = agent?.task;
  if (!task) throw new RestError(20001, 'from is no agent of this channel');
  const at = carrier.now();
  const invite = addInvite(carrier, interaction, {
    workspace_sid: task.workspaceSid,
    ...(to.startsWith('WK') ? { worker_sid: to } : to.startsWith('WQ') ? { queue_sid: to } : { workflow_sid: to }),
    task_channel_unique_name: task.channelUniqueName,
    attributes: JSON.parse(task.attributes),
  });
  const started: Transfer = {
    sid: newSid('UX'),
    type,
    status: 'active',
    from,
    to,
    task: invite.task,
    createdAt: at,
    updatedAt: at,
  };
  interaction.channel.transfers.push(started);
  offerTask(carrier, invite.task);
  return started;
}

function parsed<Schema extends z.ZodType>(call: Call, name: string, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(givenJson(call.form, name));
  if (!result.success) throw new RestError(20001, `${name}: ${z.prettifyError(result.error)}`);
  return result.data;
}

function jsonOf(text: string): unknown {
  return givenJson(new URLSearchParams({ body: text }), 'body');
}
