import { Router } from 'express';
import { authenticate } from '../account.ts';
import type { Carrier } from '../carrier.ts';
import { answerRefusal, RestError } from '../rest-errors.ts';
import { rfc2822 } from './message-resource.ts';

/** `GET /2010-04-01/Accounts/{AC}.json`: how one asks whether credentials are good. */
export function accountApi(carrier: Carrier): Router {
  const router = Router({ mergeParams: true });
  const started = rfc2822(carrier.now());
  router.get('/', (request, response) => {
    const account = authenticate(carrier.accounts, request.headers.authorization);
    const { accountSid } = request.params as { accountSid?: string };
    if (account === undefined || account.sid !== accountSid) throw new RestError(20003);
    response.json({
      auth_token: account.authToken,
      date_created: started,
      date_updated: started,
      friendly_name: 'Simulated account',
      owner_account_sid: account.sid,
      sid: account.sid,
      status: 'active',
      subresource_uris: {},
      type: 'Full',
      uri: `/2010-04-01/Accounts/${account.sid}.json`,
    });
  });
  router.use(answerRefusal);
  return router;
}
