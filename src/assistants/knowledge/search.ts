import { type Queryable, sql } from '../../store/database.ts';

export type Passage = {
  /** The name of the knowledge that the passage is from. */
  source: string;
  content: string;
  /** The asked-for words that it holds, in some form. */
  words: string[];
  /** Where in `content` such words stand. */
  matches: number[];
};

export type Search = (question: string) => Promise<Passage[]>;

/** Words of a question that say nothing about its subject. PostgreSQL leaves out the really common ones by itself. */
const fillers = new Set(
  `hi hello hey please thanks thank ok okay yes yeah want wanna need like love could would may might shall must know tell
  ask wonder wondering get got give let say something anything someone anyone thing things question help info much many
  also really maybe actually one or isn aren doesn didn won wouldn couldn haven hasn wasn weren`.split(/\s+/),
);

/** The words to search for, at most 32. */
export function contentWords(question: string): string[] {
  const words = question
    .toLowerCase()
    .replace(/['’](m|re|ve|ll|d|s|t)\b/g, '')
    .match(/[\p{L}\p{M}\p{N}]+/gu);
  return [...new Set(words)].filter((word) => !fillers.has(word)).slice(0, 32);
}

// Private-use characters around found words: nothing else of the text is touched, so that what stands between is verbatim.
const BEGIN = '\uE000';
const END = '\uE001';
const HEADLINE = `HighlightAll=true, StartSel=${BEGIN}, StopSel=${END}`;

/**
 * Finds the passages of an assistant's knowledge that hold all words of the question or, failing that, at least half of them;
 * those with the most words first, then the densest.
 */
export async function searchKnowledge(db: Queryable, assistantId: string, question: string): Promise<Passage[]> {
  const words = contentWords(question);
  if (words.length === 0) return [];
  const rows = await db.query<{ source: string; marked: string; words: string[] }>(sql`
    with term as (
      select word, plainto_tsquery('english', word) as stem from unnest(${words}::text[]) as word
    ),
    asked as (
      select
        websearch_to_tsquery('english', ${words.join(' or ')}) || websearch_to_tsquery('simple', ${words.join(' ')}) as query,
        (select count(*) from term where numnode(stem) > 0) as terms
    ),
    found as (
      select knowledge.name, chunk.knowledge_id, chunk.position, chunk.content, asked.query, asked.terms,
        ts_rank_cd(chunk.words, asked.query, 1) as density,
        array(select word from term where numnode(stem) > 0 and chunk.words @@ stem) as words
      from asked
      cross join assistants.assistant_knowledge attached
      join assistants.knowledge on knowledge.id = attached.knowledge_id
      join assistants.knowledge_chunk chunk on chunk.knowledge_id = knowledge.id
      where attached.assistant_id = ${assistantId} and chunk.words @@ asked.query
    ),
    best as (
      select * from found
      where cardinality(words) * 2 >= terms
      order by cardinality(words) desc, density desc, knowledge_id, position
      limit 5
    )
    select name as source, words, ts_headline('english', translate(content, ${BEGIN + END}, ''), query, ${HEADLINE}) as marked
    from best
    order by cardinality(words) desc, density desc, knowledge_id, position`);
  return rows.map(({ source, words, marked }) => ({ source, words, ...unmarked(marked) }));
}

/**
 * Finds the texts, of a few that are not stored as knowledge, that hold at least half of the question's words; in the order
 * of `texts`.
 */
export async function searchTexts(db: Queryable, texts: string[], question: string): Promise<string[]> {
  const words = contentWords(question);
  if (words.length === 0 || texts.length === 0) return [];
  const rows = await db.query<{ content: string }>(sql`
    with term as (
      select plainto_tsquery('english', word) as stem from unnest(${words}::text[]) as word
    )
    select content
    from unnest(${texts}::text[]) with ordinality as given (content, position)
    cross join lateral (
      select count(*) as terms, count(*) filter (where to_tsvector('english', content) @@ stem) as found
      from term
      where numnode(stem) > 0
    ) as score
    where found > 0 and found * 2 >= terms
    order by position`);
  return rows.map((row) => row.content);
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
