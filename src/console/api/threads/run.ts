import { type Database, sql } from '../../../store/database.ts';
import type { Run, RunView } from '../../contract.ts';

/**
 * What the assistant did for a turn, from the message in which its answer is kept: the one of the session that was
 * stored while the turn was open. Undefined for a turn that there is not; without a run when the assistant is another server's.
 */
export async function readRun(db: Database, turnId: string): Promise<RunView | undefined> {
  const [row] = await db.query<{ run: Run | null; sources: string[] | null }>(sql`
    select answer.meta -> 'run' as run, answer.meta -> 'sources' as sources
    from gateway.turn join gateway.thread on thread.key = turn.thread_key
    left join lateral (
      select meta from assistants.message
      where account_sid = thread.account_sid and session_id = turn.session_id and role = 'assistant'
        and created_at >= turn.opened_at and created_at <= coalesce(turn.finished_at, 'infinity')
      order by position desc limit 1
    ) answer on true
    where turn.id = ${turnId}`);
  return row && { run: row.run, sources: row.sources ?? [] };
}
