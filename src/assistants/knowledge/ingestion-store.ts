import { type Database, type Queryable, sql } from '../../store/database.ts';
import { type Document, replaceChunks } from './chunk-store.ts';
import type { KnowledgeType, UploadedFile } from './knowledge-store.ts';

/** A source that one worker has taken, to read it. */
export type Claim = {
  id: string;
  account_sid: string;
  type: KnowledgeType;
  source_details: Record<string, unknown>;
  embedding_model: string | null;
  /** This one included. */
  attempts: number;
  lease_token: string;
};

/** Takes a source that is due, unless another worker has it. A worker that was silent for `leaseMs` has it no more. */
export async function claimSource(
  db: Queryable,
  id: string,
  { token, now, leaseMs }: { token: string; now: Date; leaseMs: number },
): Promise<Claim | undefined> {
  const rows = await db.query<Claim>(sql`
    update assistants.knowledge
    set last_status = status, status = 'PROCESSING', attempts = attempts + 1, lease_token = ${token},
      due_at = ${new Date(now.getTime() + leaseMs)}, updated_at = ${now}
    where id = ${id} and due_at <= ${now}
    returning id, account_sid, type, source_details, embedding_model, attempts, lease_token`);
  return rows[0];
}

/** False once the source is no longer ours: it was changed, deleted or taken over. */
export async function renewLease(db: Queryable, claim: Claim, until: Date): Promise<boolean> {
  const rows = await db.query(sql`
    update assistants.knowledge set due_at = ${until} where ${ours(claim)} returning 1`);
  return rows.length > 0;
}

/** What was read takes the place of what was there, in one moment. False if the source is no longer ours. */
export function completeSource(
  db: Database,
  claim: Claim,
  read: { documents: Document[]; note: string | null; dueAt: Date | null },
  at: Date,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const rows = await tx.query(sql`
      update assistants.knowledge
      set last_status = status, status = 'COMPLETED', reason = ${read.note}, attempts = 0, lease_token = null,
        due_at = ${read.dueAt}, updated_at = ${at}
      where ${ours(claim)}
      returning 1`);
    if (rows.length === 0) return false;
    await replaceChunks(tx, claim.id, read.documents, at);
    return true;
  });
}

/** What was read before can still be found. */
export async function failSource(
  db: Queryable,
  claim: Claim,
  outcome: { status: 'QUEUED' | 'FAILED'; reason: string | null; attempts: number; dueAt: Date | null },
  at: Date,
): Promise<boolean> {
  const rows = await db.query(sql`
    update assistants.knowledge
    set last_status = status, status = ${outcome.status}, reason = ${outcome.reason}, attempts = ${outcome.attempts},
      lease_token = null, due_at = ${outcome.dueAt}, updated_at = ${at}
    where ${ours(claim)}
    returning 1`);
  return rows.length > 0;
}

const ours = (claim: Claim) => sql`id = ${claim.id} and lease_token = ${claim.lease_token}`;

/** What should be read by now, and nobody reads. */
export async function dueSources(db: Queryable, now: Date, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select id from assistants.knowledge where due_at <= ${now} order by due_at limit ${limit}`);
  return rows.map(({ id }) => id);
}

export async function findFile(db: Queryable, knowledgeId: string): Promise<UploadedFile | undefined> {
  const rows = await db.query<UploadedFile>(sql`
    select name, media_type as "mediaType", content from assistants.knowledge_file where knowledge_id = ${knowledgeId}`);
  return rows[0];
}
