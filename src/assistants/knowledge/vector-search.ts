import { type Queryable, sql } from '../../store/database.ts';
import { unit } from './embed-chunks.ts';
import type { Passage } from './search.ts';

type Row = {
  id: number;
  knowledge_id: string;
  source: string;
  content: string;
  title: string | null;
  url: string | null;
  page: number | null;
};

/** The passages of an assistant's knowledge that are nearest in meaning, by exact search: it has some thousands at most. */
export async function searchVectors(
  db: Queryable,
  assistantId: string,
  { model, vector }: { model: string; vector: number[] },
  limit: number,
): Promise<Passage[]> {
  const asked = unit(vector);
  const cosine = (await hasPgvector(db))
    ? sql`-(embedding.vector::vector <#> ${asked}::real[]::vector)`
    : sql`(select sum(a * b) from unnest(embedding.vector, ${asked}::real[]) as pair (a, b))`;
  const rows = await db.query<Row>(sql`
    with nearest as (
      select chunk.id, ${cosine} as cosine
      from assistants.assistant_knowledge attached
      join assistants.knowledge_chunk chunk using (knowledge_id)
      join assistants.chunk_embedding embedding using (knowledge_id, content_hash)
      where attached.assistant_id = ${assistantId} and embedding.model = ${model}
        and cardinality(embedding.vector) = ${asked.length}
      order by cosine desc
      limit ${limit}
    )
    select chunk.id, knowledge_id, knowledge.name as source, content, title, url, page
    from nearest
    join assistants.knowledge_chunk chunk using (id)
    join assistants.knowledge on knowledge.id = knowledge_id
    order by cosine desc, chunk.id`);
  return rows.map(({ id, knowledge_id, source, content, title, url, page }) => ({
    id: String(id),
    knowledgeId: knowledge_id,
    source,
    content,
    ...(title === null ? {} : { title }),
    ...(url === null ? {} : { url }),
    ...(page === null ? {} : { page }),
    words: [],
    share: 0,
    matches: [],
  }));
}

const known = new WeakMap<Queryable, Promise<boolean>>();

/** Asked once: who installs it later restarts Tandem. */
function hasPgvector(db: Queryable): Promise<boolean> {
  const asked =
    known.get(db) ??
    db
      .query<{ there: boolean }>(sql`select to_regtype('vector') is not null as there`)
      .then(([row]) => row?.there === true);
  known.set(db, asked);
  asked.catch(() => known.delete(db));
  return asked;
}
