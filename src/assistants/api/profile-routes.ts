import express, { type Router } from 'express';
import { eraseIdentity } from '../../store/erase-identity.ts';
import { readTraits, type TraitRow } from '../memory/traits.ts';
import { type ApiParts, accountOf, found, methodNotAllowed, pathPart } from './request.ts';
import type { ProfileResource } from './schemas.ts';

export function profileRoutes({ db, now }: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });

  router
    .route('/v1/Profiles/:identity')
    .get(async (request, response) => {
      const accountSid = accountOf(response);
      const identity = pathPart(request, 'identity');
      const traits = await readTraits(db, accountSid, identity);
      const known = traits.length > 0 ? traits : undefined;
      const profile: ProfileResource = {
        identity,
        account_sid: accountSid,
        traits: found(known).map(traitResourceOf),
      };
      response.json(profile);
    })
    .delete(async (request, response) => {
      const identity = pathPart(request, 'identity');
      const { traits, sessions, messages, threads, events, outbound } = await eraseIdentity(
        db,
        accountOf(response),
        identity,
        now(),
      );
      response.json({ identity, erased: { traits, sessions, messages, threads, inbound: events, outbound } });
    })
    .all(methodNotAllowed);

  return router;
}

function traitResourceOf({ updated_at, ...trait }: TraitRow): ProfileResource['traits'][number] {
  return { ...trait, date_updated: updated_at.toISOString() };
}
