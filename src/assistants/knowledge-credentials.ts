import type { Database } from '../store/database.ts';
import type { Policy } from './api/policy-schemas.ts';
import type { Credentials } from './knowledge/database/query-database.ts';
import { SourceProblem } from './knowledge/source-problem.ts';
import { findPolicy } from './policy-store.ts';

/** What lets us into a source of knowledge: its policy as headers and, for databases that know no headers, as a login. */
export function createCredentialsOf(db: Database, secretsKey: Buffer) {
  return async (knowledgeId: string): Promise<Credentials> => {
    const policy = await findPolicy(db, { knowledgeId }, secretsKey);
    return policy ? credentialsIn(policy) : { headers: {} };
  };
}

function credentialsIn({ type, details }: Policy): Credentials {
  switch (type) {
    case 'bearer':
      return { headers: { authorization: `Bearer ${details.token}` } };
    case 'basic': {
      const pair = Buffer.from(`${details.username}:${details.password}`).toString('base64');
      return { headers: { authorization: `Basic ${pair}` }, login: details };
    }
    case 'header':
      return { headers: { [details.name]: details.value } };
    default:
      throw new SourceProblem('Knowledge takes policies of the types bearer, basic and header.');
  }
}
