import { type Queryable, sql } from '../../store/database.ts';

export type Passage = {
  /** Of the chunk: to be cited. */
  id: string;
  knowledgeId: string;
  /** The name of the knowledge that the passage is from. */
  source: string;
  content: string;
  title?: string;
  url?: string;
  page?: number;
  /** The asked-for words that it holds, in some form, its names included. */
  words: string[];
  /** How much of the question those words are, from 0 to 1. */
  share: number;
  /** Where in `content` such words stand. */
  matches: number[];
};

/** Words of a question that say nothing about its subject. PostgreSQL leaves out the really common ones by itself. */
const fillers = new Set(
  `hi hello hey please thanks thank ok okay yes yeah want wanna need like love could would may might shall must know tell
  ask asking wonder wondering whats hows get got give let say something anything someone anyone thing things question help info much many
  also really maybe actually one or isn aren doesn didn won wouldn couldn haven hasn wasn weren`.split(/\s+/),
);

/** The words to search for, at most 32. */
export function contentWords(question: string): string[] {
  const words = question
    .toLowerCase()
    .replace(/['’](m|re|ve|ll|d|s|t)\b/g, '')
    .replace(/\bwhere(?:abouts)?\b/g, 'address') // PostgreSQL drops question words, and this one alone names its subject
    .match(/[\p{L}\p{M}\p{N}]+/gu);
  return [...new Set(words)].filter((word) => !fillers.has(word)).slice(0, 32);
}

// Private-use characters around found words: nothing else of the text is touched, so that what stands between is verbatim.
const BEGIN = '\uE000';
const END = '\uE001';
const HEADLINE = `HighlightAll=true, StartSel=${BEGIN}, StopSel=${END}`;

type Row = {
  id: number;
  knowledge_id: string;
  source: string;
  title: string | null;
  url: string | null;
  page: number | null;
  words: string[];
  share: number;
  marked: string;
};

/**
 * Finds the passages of an assistant's knowledge that hold, together with its name, words of the question: first those
 * with the most telling words, a word being the more telling the fewer passages hold it; then the densest.
 */
export async function searchKnowledge(
  db: Queryable,
  assistantId: string,
  question: string,
  limit = 5,
): Promise<Passage[]> {
  const words = contentWords(question);
  if (words.length === 0) return [];
  const rows = await db.query<Row>(sql`
    with term as (
      select word, stem
      from unnest(${words}::text[]) as word
      cross join plainto_tsquery('english', word) as stem
      where numnode(stem) > 0
    ),
    asked as (
      select
        websearch_to_tsquery('english', ${words.join(' or ')}) || websearch_to_tsquery('simple', ${words.join(' ')}) as query
    ),
    known as (
      select knowledge.id, knowledge.name, heading, ts_rank_cd(heading, query) as density
      from asked
      cross join assistants.assistant_knowledge attached
      join assistants.knowledge on knowledge.id = attached.knowledge_id
      cross join setweight(to_tsvector('english', knowledge.name), 'A') as heading
      where attached.assistant_id = ${assistantId}
    ),
    candidate as (
      select known.name, known.heading, known.density, chunk.*
      from known
      join assistants.knowledge_chunk chunk on chunk.knowledge_id = known.id
      where chunk.words @@ (select query from asked)
      union all
      -- A text whose name is asked for need not repeat it: it is quoted from its beginning.
      select known.name, known.heading, known.density, chunk.*
      from known
      join assistants.knowledge_chunk chunk on chunk.knowledge_id = known.id and chunk.position = 0
      where known.heading @@ (select query from asked) and not chunk.words @@ (select query from asked)
    ),
    held as (
      select candidate.id, word from candidate join term on words @@ stem or heading @@ stem
    ),
    weight as (
      -- That one passage holds a word, and not two, is chance.
      select word, ln(1 + (select count(*) from candidate)::float / greatest(count(*), 2)) as telling from held group by word
    ),
    found as (
      select id, array_agg(word) as words, sum(telling) as telling from held join weight using (word) group by id
    ),
    best as (
      select candidate.*, query, coalesce(found.words, '{}') as held,
        row_number() over (
          order by coalesce(telling, 0) desc, density + ts_rank_cd(candidate.words, query, 1) desc, knowledge_id, position
        ) as rank
      from asked
      cross join candidate
      left join found using (id)
      order by rank
      limit ${limit}
    )
    select id, knowledge_id, name as source, title, url, page, held as words,
      coalesce(cardinality(held)::float / nullif((select count(*) from term), 0), 1) as share,
      ts_headline('english', translate(content, ${BEGIN + END}, ''), query, ${HEADLINE}) as marked
    from best
    order by rank`);
  return rows.map(({ id, knowledge_id, title, url, page, marked, ...row }) => ({
    id: String(id),
    knowledgeId: knowledge_id,
    ...(title === null ? {} : { title }),
    ...(url === null ? {} : { url }),
    ...(page === null ? {} : { page }),
    ...row,
    ...unmarked(marked),
  }));
}

/** Finds those of a few texts that hold at least half of the question's words, and says how many; in the order of `texts`. */
export function searchTexts(
  db: Queryable,
  texts: string[],
  question: string,
): Promise<{ text: string; words: number }[]> {
  return db.query(sql`
    with term as (
      select plainto_tsquery('english', word) as stem from unnest(${contentWords(question)}::text[]) as word
    )
    select given.text, score.found as words
    from unnest(${texts}::text[]) with ordinality as given (text, position)
    cross join lateral (
      select count(*) as terms, count(*) filter (where to_tsvector('english', given.text) @@ stem) as found
      from term
      where numnode(stem) > 0
    ) as score
    where found > 0 and found * 2 >= terms
    order by position`);
}

function unmarked(marked: string): { content: string; matches: number[] } {
  const matches: number[] = [];
  const parts = marked.split(BEGIN);
  let content = (parts[0] as string).replaceAll(END, '');
  for (const part of parts.slice(1)) {
    matches.push(content.length);
    content += part.replaceAll(END, '');
  }
  return { content, matches };
}
