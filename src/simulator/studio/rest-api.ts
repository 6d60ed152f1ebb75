import { Router } from 'express';
import type { Carrier } from '../carrier.ts';
import { type Answer, type Call, given, givenJson, isoDate, pageOf, productApi, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { fixedSid } from '../sid.ts';
import { endExecution, startExecution } from './run-flow.ts';
import type { Execution, Flow } from './store.ts';

/** Twilio's Studio API (v2): flows to look at, executions to start, look at and end. */
export function studioApi(carrier: Carrier): Router {
  return Router().use('/v2', productApi(carrier, { name: 'studio', routes: studioRoutes(carrier) }));
}

function studioRoutes(carrier: Carrier): Route[] {
  const { flows, executions } = carrier.studio;
  const flowOf = (call: Call): Flow => {
    const flow = flows.get(call.params.flowSid ?? '');
    if (flow === undefined) throw new RestError(20404);
    return flow;
  };
  const find = (call: Call): Execution => {
    const { sid } = flowOf(call);
    const found = executions.find(
      (execution) =>
        execution.sid === call.params.sid && execution.flow.sid === sid && execution.accountSid === call.accountSid,
    );
    if (found === undefined) throw new RestError(20404);
    return found;
  };
  const show = (execution: Execution, status = 200): Answer => ({ status, body: executionResource(execution) });

  return [
    {
      method: 'get',
      path: '/Flows',
      handle: (call) =>
        pageOf(call, { key: 'flows', items: [...flows.values()], show: (flow) => flowResource(call.accountSid, flow) }),
    },
    {
      method: 'get',
      path: '/Flows/:flowSid',
      handle: (call) => ({ body: flowResource(call.accountSid, flowOf(call)) }),
    },
    {
      method: 'get',
      path: '/Flows/:flowSid/Executions',
      handle: (call) => {
        const { sid } = flowOf(call);
        const items = executions.filter(({ flow, accountSid }) => flow.sid === sid && accountSid === call.accountSid);
        return pageOf(call, { key: 'executions', items: items.reverse(), show: executionResource });
      },
    },
    {
      method: 'post',
      path: '/Flows/:flowSid/Executions',
      handle: (call) => {
        const to = given(call.form, 'To');
        const from = given(call.form, 'From');
        if (to === undefined || from === undefined) throw new RestError(20001, 'To and From are required');
        const parameters = (givenJson(call.form, 'Parameters') ?? {}) as Record<string, unknown>;
        return show(startExecution(carrier, flowOf(call), { accountSid: call.accountSid, to, from, parameters }), 201);
      },
    },
    { method: 'get', path: '/Flows/:flowSid/Executions/:sid', handle: (call) => show(find(call)) },
    {
      method: 'post',
      path: '/Flows/:flowSid/Executions/:sid',
      handle: (call) => {
        if (call.form.get('Status') !== 'ended') throw new RestError(20001, 'Status can only be set to ended');
        const execution = find(call);
        endExecution(carrier, execution);
        return show(execution);
      },
    },
    {
      method: 'delete',
      path: '/Flows/:flowSid/Executions/:sid',
      handle: (call) => {
        const execution = find(call);
        endExecution(carrier, execution);
        executions.splice(executions.indexOf(execution), 1);
        return { status: 204 };
      },
    },
    {
      method: 'get',
      path: '/Flows/:flowSid/Executions/:sid/Context',
      handle: (call) => {
        const execution = find(call);
        return {
          body: {
            account_sid: execution.accountSid,
            context: contextOf(execution),
            execution_sid: execution.sid,
            flow_sid: execution.flow.sid,
            url: call.url,
          },
        };
      },
    },
  ];
}

function flowResource(accountSid: string, flow: Flow) {
  const url = `https://studio.twilio.com/v2/Flows/${flow.sid}`;
  return {
    sid: flow.sid,
    account_sid: accountSid,
    author_sid: null,
    friendly_name: flow.friendlyName,
    definition: { description: flow.friendlyName, states: flow.steps, initial_state: 'Trigger', flags: {} },
    status: 'published',
    revision: 1,
    commit_message: null,
    valid: true,
    errors: [],
    warnings: [],
    date_created: isoDate(flow.createdAt),
    date_updated: isoDate(flow.updatedAt),
    webhook_url: `https://webhooks.twilio.com/v1/Accounts/${accountSid}/Flows/${flow.sid}`,
    url,
    links: { revisions: `${url}/Revisions`, test_users: `${url}/TestUsers`, executions: `${url}/Executions` },
  };
}

function contactOf({ contact }: Execution): string {
  return contact.kind === 'phone' ? contact.to : contact.conversationSid;
}

function executionResource(execution: Execution) {
  const url = `https://studio.twilio.com/v2/Flows/${execution.flow.sid}/Executions/${execution.sid}`;
  return {
    sid: execution.sid,
    account_sid: execution.accountSid,
    flow_sid: execution.flow.sid,
    flow_version: 1,
    contact_sid: fixedSid('FC', contactOf(execution)),
    contact_channel_address: contactOf(execution),
    context: contextOf(execution),
    status: execution.status,
    initiated_by: null,
    date_created: isoDate(execution.createdAt),
    date_updated: isoDate(execution.updatedAt),
    url,
    links: { steps: `${url}/Steps`, execution_context: `${url}/Context` },
  };
}

/** What a flow's templates can refer to. */
function contextOf(execution: Execution) {
  return {
    contact: { channel: { address: contactOf(execution) } },
    flow: { data: execution.parameters, sid: execution.sid, flow_sid: execution.flow.sid },
    trigger: execution.contact.kind === 'phone' ? {} : { conversation: { ConversationSid: contactOf(execution) } },
  };
}
