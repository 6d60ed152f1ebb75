import { type Queryable, sql } from '../../store/database.ts';
import { chunk } from './chunk.ts';

/** A page, a file, or a part of one, as plain text. */
export type Document = { text: string; title?: string; url?: string; page?: number };

/** In the place of all chunks that the knowledge had. Embeddings of what stayed the same stay. */
export async function replaceChunks(
  tx: Queryable,
  knowledgeId: string,
  documents: Document[],
  at: Date,
): Promise<number> {
  const chunks = documents.flatMap(({ text, title, url, page }) =>
    chunk(text).map((content) => ({ content, title, url, page })),
  );
  await tx.query(sql`delete from assistants.knowledge_chunk where knowledge_id = ${knowledgeId}`);
  await tx.query(sql`
    insert into assistants.knowledge_chunk (knowledge_id, position, content, title, url, page, created_at)
    select ${knowledgeId}, position - 1, content, title, url, page, ${at}::timestamptz
    from unnest(
      ${chunks.map(({ content }) => content)}::text[],
      ${chunks.map(({ title }) => title ?? null)}::text[],
      ${chunks.map(({ url }) => url ?? null)}::text[],
      ${chunks.map(({ page }) => page ?? null)}::integer[]
    ) with ordinality as chunk (content, title, url, page, position)`);
  await tx.query(sql`
    delete from assistants.chunk_embedding embedding
    where knowledge_id = ${knowledgeId} and not exists (
      select from assistants.knowledge_chunk chunk
      where chunk.knowledge_id = ${knowledgeId} and chunk.content_hash = embedding.content_hash
    )`);
  return chunks.length;
}
