import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE_URL, expectError, type Service, startService } from './support.ts';

let service: Service;
let assistantId: string;
let knowledgeId: string;

beforeAll(async () => {
  service = await startService();
  assistantId = await service.createAssistant();
  for (let count = 1; count < 5; count += 1) await service.createAssistant();
  const sentences = Array.from({ length: 5 }, (_, index) => `${index} ${'word '.repeat(150)}end.`).join('\n\n');
  knowledgeId = await service.addText(assistantId, 'Long text', sentences);
  for (let count = 1; count < 5; count += 1) await service.addText(assistantId, `Text ${count}`, 'Content.');
  for (const session_id of ['one', 'two', 'three', 'four', 'a/b:c+d']) {
    const message = { identity: 'a:b', session_id, body: 'Hello' };
    await service.call('post', `/v1/Assistants/${assistantId}/Messages`, message).expect(200);
  }
  for (const body of ['Thanks', 'Bye']) {
    const message = { identity: 'a:b', session_id: 'a/b:c+d', body };
    await service.call('post', `/v1/Assistants/${assistantId}/Messages`, message).expect(200);
  }
});
afterAll(() => service.stop());

const lists = (): [string, string, number][] => [
  ['/v1/Assistants', 'assistants', 5],
  ['/v1/Knowledge', 'knowledge', 5],
  [`/v1/Assistants/${assistantId}/Knowledge`, 'knowledge', 5],
  [`/v1/Knowledge/${knowledgeId}/Chunks`, 'chunks', 5],
  ['/v1/Sessions', 'sessions', 5],
  ['/v1/Sessions/a%2Fb%3Ac%2Bd/Messages', 'messages', 6],
];

const fetchPage = async (url: string) => {
  expect(url.startsWith(`${BASE_URL}/v1/`)).toBe(true);
  return (await service.call('get', url.slice(BASE_URL.length)).expect(200)).body;
};

describe('every list', () => {
  it('is walked to its end by next_page_url, and back by previous_page_url', async () => {
    for (const [path, key, total] of lists()) {
      const whole = (await service.call('get', path).expect(200)).body;
      expect(whole[key]).toHaveLength(total);
      expect(whole.meta).toMatchObject({ key, page: 0, page_size: 50, next_page_url: null, previous_page_url: null });

      let page = await fetchPage(`${BASE_URL}${path}?PageSize=2`);
      const pages = [page];
      while (page.meta.next_page_url) {
        page = await fetchPage(page.meta.next_page_url);
        pages.push(page);
      }
      expect(pages.flatMap((one) => one[key])).toEqual(whole[key]);
      expect(pages.map((one) => one[key].length)).toEqual([2, 2, total - 4]);
      expect(pages.map((one) => one.meta.page)).toEqual([0, 1, 2]);

      const back = [page];
      while (page.meta.previous_page_url) {
        page = await fetchPage(page.meta.previous_page_url);
        back.unshift(page);
      }
      expect(back.flatMap((one) => one[key])).toEqual(whole[key]);
      expect(back.map((one) => one.meta.page)).toEqual([0, 1, 2]);
      expect((await fetchPage(page.meta.next_page_url))[key]).toEqual(pages[1][key]);
      expect((await fetchPage(pages[2].meta.first_page_url))[key]).toEqual(pages[0][key]);
    }
  });

  it('keeps its place while rows are removed', async () => {
    const own = await startService();
    for (let count = 0; count < 4; count += 1) await own.createAssistant({ name: `A${count}` });
    const first = (await own.call('get', '/v1/Assistants?PageSize=2').expect(200)).body;
    for (const { id } of first.assistants) await own.call('delete', `/v1/Assistants/${id}`).expect(204);
    const next = (await own.call('get', first.meta.next_page_url.slice(BASE_URL.length)).expect(200)).body;
    expect(next.assistants.map((one: { name: string }) => one.name)).toEqual(['A2', 'A3']);
    await own.stop();
  });

  it('refuses parameters that are none', async () => {
    for (const [path] of lists()) {
      for (const [query, field] of [
        ['PageSize=0', 'PageSize: '],
        ['PageSize=1001', 'PageSize: '],
        ['PageSize=ten', 'PageSize: '],
        ['PageSize=2&PageSize=3', 'PageSize: '],
        ['Page=-1', 'Page: '],
        ['PageToken=PAnonsense', 'PageToken: '],
        ['PageToken=', 'PageToken: '],
        ['PageToken=PA&PageToken=PB', 'PageToken: '],
      ] as const) {
        expectError(await service.call('get', `${path}?${query}`), 400, 20001, field);
      }
    }
  });
});

it('keeps the filter of a list on its pages', async () => {
  const first = await fetchPage(`${BASE_URL}/v1/Knowledge?AssistantId=${assistantId}&PageSize=3`);
  expect(new URL(first.meta.next_page_url).searchParams.get('AssistantId')).toBe(assistantId);
  expect((await fetchPage(first.meta.next_page_url)).knowledge).toHaveLength(2);
});
