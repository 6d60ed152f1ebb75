import type { Database } from '../store/database.ts';
import type { Credentials } from './knowledge/database/query-database.ts';
import { SourceProblem } from './knowledge/source-problem.ts';
import { findPolicy } from './policy-store.ts';
import { AuthorizationError, type Authorize } from './tools/authorize.ts';

/** What lets us into a source of knowledge: its policy as headers and, for databases that know no headers, as a login. */
export function createCredentialsOf(db: Database, secretsKey: Buffer, authorize: Authorize) {
  return async (knowledgeId: string, signal: AbortSignal): Promise<Credentials> => {
    const policy = await findPolicy(db, { knowledgeId }, secretsKey);
    if (!policy) return { headers: {} };
    try {
      const headers = await authorize.headers(policy, signal);
      return policy.type === 'basic' ? { headers, login: policy.details } : { headers };
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error;
      throw new SourceProblem(`Its policy lets nobody in: ${error.message}`, { passing: true, cause: error });
    }
  };
}
