import type { Carrier } from '../carrier.ts';
import { type Call, given, pageOf, type Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { userResource } from './resources.ts';
import { attributesOf, baseOf, named, serviceOf } from './rest-calls.ts';
import type { User } from './store.ts';
import { ensureUser, findUser } from './users.ts';

export function userRoutes(carrier: Carrier): Route[] {
  const find = (call: Call): User => {
    const user = findUser(carrier, serviceOf(carrier, call).sid, call.params.userSid ?? '');
    if (user === undefined) throw new RestError(20404);
    return user;
  };
  const change = (call: Call, user: User) =>
    Object.assign(
      user,
      named<Pick<User, 'friendlyName' | 'attributes'>>(call, {
        friendlyName: ['FriendlyName', given(call.form, 'FriendlyName') ?? null],
        attributes: ['Attributes', attributesOf(call, 4096) ?? user.attributes],
      }),
    );

  return [
    {
      method: 'get',
      path: '/Users',
      handle: (call) => {
        const serviceSid = serviceOf(carrier, call).sid;
        const items = [...carrier.conversations.users.values()].filter((user) => user.serviceSid === serviceSid);
        return pageOf(call, { key: 'users', items, show: (user) => userResource(baseOf(call), user) });
      },
    },
    {
      method: 'post',
      path: '/Users',
      handle: (call) => {
        const identity = given(call.form, 'Identity');
        if (identity === undefined) throw new RestError(20001, 'Identity is required');
        const serviceSid = serviceOf(carrier, call).sid;
        if (findUser(carrier, serviceSid, identity)) throw new RestError(20409);
        const user = ensureUser(carrier, { accountSid: call.accountSid, serviceSid }, identity);
        return { status: 201, body: userResource(baseOf(call), change(call, user)) };
      },
    },
    {
      method: 'get',
      path: '/Users/:userSid',
      handle: (call) => ({ body: userResource(baseOf(call), find(call)) }),
    },
    {
      method: 'post',
      path: '/Users/:userSid',
      handle: (call) => {
        const user = change(call, find(call));
        user.updatedAt = carrier.now();
        return { body: userResource(baseOf(call), user) };
      },
    },
  ];
}
