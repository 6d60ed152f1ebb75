import { type Database, type Queryable, sql } from '../../store/database.ts';
import type { Embedding } from './embedding.ts';

const AT_ONCE = 64;

/** Gives every chunk that has none a vector of the present model, and takes those of former models away. */
export async function embedChunks(
  db: Database,
  knowledgeId: string,
  { model, embed }: Embedding,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const chunks = await missing(db, knowledgeId, model);
    if (chunks.length === 0) break;
    const vectors = await embed(
      model,
      chunks.map(({ text }) => text),
      signal,
    );
    if (vectors.length !== chunks.length)
      throw new Error(`${model} gave ${vectors.length} vectors for ${chunks.length} texts.`);
    // Vectors of unequal lengths do not fit through one array of arrays.
    await db.query(sql`
      insert into assistants.chunk_embedding (knowledge_id, content_hash, model, vector)
      select ${knowledgeId}, hash::uuid, ${model}, vector::real[]
      from unnest(
        ${chunks.map(({ hash }) => hash)}::text[],
        ${vectors.map((vector) => `{${unit(vector).join(',')}}`)}::text[]
      ) as embedded (hash, vector)
      where exists (select from assistants.knowledge where id = ${knowledgeId})
      on conflict (knowledge_id, content_hash, model) do update set vector = excluded.vector`);
  }
  await db.query(sql`
    delete from assistants.chunk_embedding where knowledge_id = ${knowledgeId} and model <> ${model}`);
}

function missing(db: Queryable, knowledgeId: string, model: string): Promise<{ hash: string; text: string }[]> {
  return db.query(sql`
    select distinct on (content_hash) content_hash as hash, concat_ws(E'\n', title, content) as text
    from assistants.knowledge_chunk chunk
    where knowledge_id = ${knowledgeId} and not exists (
      select from assistants.chunk_embedding embedding
      where embedding.knowledge_id = ${knowledgeId} and embedding.content_hash = chunk.content_hash
        and embedding.model = ${model}
    )
    limit ${AT_ONCE}`);
}

/** Sources with chunks that have no vector of this model. */
export async function unembedded(db: Queryable, model: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select id from assistants.knowledge
    where exists (
      select from assistants.knowledge_chunk chunk
      where chunk.knowledge_id = knowledge.id and not exists (
        select from assistants.chunk_embedding embedding
        where embedding.knowledge_id = chunk.knowledge_id and embedding.content_hash = chunk.content_hash
          and embedding.model = ${model}
      )
    )
    limit ${limit}`);
  return rows.map(({ id }) => id);
}

/** Of length one, so that the product of two is the cosine between them. */
export function unit(vector: number[]): number[] {
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) throw new Error('An embedding has to have a length.');
  return vector.map((value) => value / length);
}
