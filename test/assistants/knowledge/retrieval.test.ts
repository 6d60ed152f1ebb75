import { afterAll, beforeAll, expect, it } from 'vitest';
import { searchKnowledge } from '../../../src/assistants/knowledge/search.ts';
import { type Ground, openGround } from './ground.ts';
import { type LabelledDocument, loadDocuments } from './labelled/load.ts';
import { questions } from './labelled/questions.ts';

let ground: Ground;
let assistantId: string;
let documents: LabelledDocument[];

beforeAll(async () => {
  [ground, documents] = await Promise.all([openGround(), loadDocuments()]);
  const ids = [];
  for (const { title, text } of documents) {
    ids.push(await ground.add({ type: 'Text', name: title.slice(0, 30), knowledge_source_details: { content: text } }));
  }
  assistantId = await ground.addAssistant(ids);
});
afterAll(() => ground.close());

it('the labels are sound: each answer stands in its document, and in no other', () => {
  expect(documents.length).toBeGreaterThanOrEqual(8);
  expect(questions.length).toBeGreaterThanOrEqual(40);
  for (const { text, document, answer } of questions) {
    const holders = documents.filter((each) => each.text.includes(answer)).map(({ name }) => name);
    expect([text, holders]).toEqual([text, [document]]);
  }
});

it('full text alone: the answer is among the first five passages, and mostly the first', async () => {
  const ranks = await Promise.all(
    questions.map(async ({ text, answer }) => {
      const passages = await searchKnowledge(ground.db, assistantId, text);
      return passages.findIndex(({ content }) => content.includes(answer));
    }),
  );
  const within = (best: number) => ranks.filter((rank) => rank >= 0 && rank < best).length / ranks.length;
  console.log(
    `full text: recall@1 ${within(1).toFixed(3)}, recall@5 ${within(5).toFixed(3)} of ${ranks.length} questions`,
  );
  expect(within(5)).toBeGreaterThanOrEqual(0.93);
  expect(within(1)).toBeGreaterThanOrEqual(0.7);
});
