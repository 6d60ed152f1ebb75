import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimSource, completeSource } from '../../../src/assistants/knowledge/ingestion-store.ts';
import { deleteKnowledge, updateKnowledge } from '../../../src/assistants/knowledge/knowledge-store.ts';
import { uuidv7 } from '../../../src/ids.ts';
import { sql } from '../../../src/store/database.ts';
import { gate, until } from '../../support/until.ts';
import { ACCOUNT, type Ground, openGround } from './ground.ts';
import { pdfOf } from './pdf.ts';
import { html, links, type Site, send, startSite } from './site.ts';

let ground: Ground;
let site: Site;
beforeEach(async () => {
  [ground, site] = await Promise.all([openGround(), startSite()]);
});
afterEach(async () => {
  await site.close();
  await ground.close();
});

const web = (details: object = {}) => ({
  type: 'Web' as const,
  knowledge_source_details: { source: `${site.origin}/`, ...details },
});
const file = (name: string, content: string | Buffer, mediaType = 'application/octet-stream') => ({
  type: 'File' as const,
  file: { name, mediaType, content: Buffer.from(content as string) },
});
const MINUTE = 60_000;

describe('a source is read in the background', () => {
  it('a website: QUEUED, PROCESSING, COMPLETED; its chunks say where they stand', async () => {
    const { opened, open } = gate();
    site.pages['/'] = (_request, response) =>
      void opened.then(() =>
        send(200, { 'content-type': 'text/html' }, html('Hours', 'We open at nine.'))(_request, response),
      );
    const { enqueue } = await ground.startProcess();
    const id = await ground.add(web());
    expect(await ground.row(id)).toMatchObject({ status: 'QUEUED', last_status: null });
    await enqueue(id);
    await until('it is being read', async () => (await ground.row(id)).status === 'PROCESSING');
    open();
    expect(await ground.settled(id)).toMatchObject({ status: 'COMPLETED', last_status: 'PROCESSING', reason: null });
    const rows = await ground.db.query(sql`
      select content, title, url, page from assistants.knowledge_chunk where knowledge_id = ${id}`);
    expect(rows).toEqual([
      { content: '# Hours\nWe open at nine.', title: 'Hours', url: `${site.origin}/`, page: null },
    ]);
    expect(ground.lines.filter(({ msg }) => msg === 'knowledge.ingested')).toMatchObject([
      { knowledgeId: id, type: 'Web', attempt: 1, documents: 1, left: 0 },
    ]);
  });

  it('files of every kind', async () => {
    const { enqueue } = await ground.startProcess();
    const ids = [
      await ground.add(file('hours.pdf', pdfOf(['We open at nine.', 'We close at six.'], { title: 'Hours' }))),
      await ground.add(file('prices.csv', 'Work,Price\nFlat tyre,$15\n', 'text/csv')),
      await ground.add(file('items.jsonl', '{"item":"Bell","price":12}\n')),
      await ground.add(file('notes.md', '# Notes\n\nRing the bell.')),
      await ground.add(file('page.html', html('Page', 'About us.'))),
      await ground.add(file('plain.txt', 'Only text.')),
    ];
    for (const id of ids) await enqueue(id);
    for (const id of ids) expect(await ground.settled(id)).toMatchObject({ status: 'COMPLETED', reason: null });
    expect(await Promise.all(ids.map((id) => ground.chunks(id)))).toEqual([
      ['We open at nine.', 'We close at six.'],
      ['Work: Flat tyre\nPrice: $15'],
      ['item: Bell\nprice: 12'],
      ['# Notes\n\nRing the bell.'],
      ['# Page\nAbout us.'],
      ['Only text.'],
    ]);
    const pages = await ground.db.query(sql`
      select page, title from assistants.knowledge_chunk where knowledge_id = ${ids[0]} order by position`);
    expect(pages).toEqual([
      { page: 1, title: 'Hours' },
      { page: 2, title: 'Hours' },
    ]);
  });

  it('what was left out is told of, though it is COMPLETED', async () => {
    site.pages['/'] = html('Home', links('/a', '/b', '/c', '/gone'));
    for (const path of ['/a', '/b', '/c']) site.pages[path] = html(path, '');
    const { enqueue } = await ground.startProcess({ limits: { pages: 2 } });
    const id = await ground.add(web({ crawl_depth: 1 }));
    await enqueue(id);
    expect(await ground.settled(id)).toMatchObject({
      status: 'COMPLETED',
      reason: 'The limit of 2 pages is reached: 3 or more were left out.',
    });
  });
});

describe('a source that cannot be read is FAILED, with a reason', () => {
  it.each([
    [{ type: 'File' as const }, /content of the file is not there\. Upload it again/],
    [file('a.pdf', 'no pdf'), /no PDF, or a damaged one/],
    [file('a.docx', 'x', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'), /only HTML, PDF/],
    [file('a.html', '<html><body><script>app()</script></body></html>'), /no text in it.*without running scripts/],
    [file('a.txt', 'word '.repeat(1_000)), /more than 2000 characters.*Split it/],
  ])('%#', async (knowledge, reason) => {
    const { enqueue } = await ground.startProcess({ limits: { characters: 2_000 } });
    const id = await ground.add(knowledge);
    await enqueue(id);
    expect(await ground.settled(id)).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(reason) });
  });

  it('because reading it takes too long', async () => {
    site.pages['/'] = () => {};
    const { enqueue } = await ground.startProcess({ limits: { sourceMs: 300 } });
    const id = await ground.add(web());
    await enqueue(id);
    expect(await ground.settled(id)).toMatchObject({
      status: 'FAILED',
      reason: expect.stringMatching(/takes longer than/),
    });
  });

  it('what may pass is tried again, some minutes apart, and given up in the end', async () => {
    site.pages['/'] = send(503, {});
    const { enqueue } = await ground.startProcess();
    const id = await ground.add(web());
    const tries = () => site.asked.filter((path) => path === '/').length;
    for (const [times, minutes] of [1, 4, 16].entries()) {
      await until('it is tried', async () => {
        await enqueue(id); // too early, all times but the first
        return tries() === times + 1 && (await ground.row(id)).status === 'QUEUED';
      });
      expect(await ground.row(id)).toMatchObject({ reason: expect.stringMatching(/status 503/) });
      ground.later += minutes * MINUTE - 2_000;
      await enqueue(id);
      ground.later += 3_000;
    }
    await until('it is tried for the last time', async () => {
      await enqueue(id);
      return tries() === 4;
    });
    expect(await ground.settled(id)).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(/status 503/) });
    expect(tries()).toBe(4);
  });

  it('and reads it as soon as that has passed', async () => {
    site.pages['/'] = send(503, {});
    const { enqueue } = await ground.startProcess();
    const id = await ground.add(web());
    await enqueue(id);
    await until('it was tried', async () => (await ground.row(id)).reason !== null);
    site.pages['/'] = html('Back', 'again');
    ground.later += 2 * MINUTE;
    await until('it is read', async () => {
      await enqueue(id);
      return (await ground.row(id)).status === 'COMPLETED';
    });
    expect(await ground.row(id)).toMatchObject({ reason: null });
  });
});

describe('what was read before can be found until the new is there', () => {
  it('while a changed source is read, and when that fails', async () => {
    site.pages['/'] = html('Old', 'old text');
    const { enqueue } = await ground.startProcess();
    const id = await ground.add(web());
    await enqueue(id);
    await ground.settled(id);
    const old = ['# Old\nold text'];
    expect(await ground.chunks(id)).toEqual(old);

    const change = { knowledge_source_details: { source: `${site.origin}/gone` } };
    await updateKnowledge(ground.db, ACCOUNT, id, change, new Date());
    expect(await ground.row(id)).toMatchObject({ status: 'QUEUED', last_status: 'COMPLETED' });
    expect(await ground.chunks(id)).toEqual(old);
    await enqueue(id);
    expect(await ground.settled(id)).toMatchObject({ status: 'FAILED' });
    expect(await ground.chunks(id)).toEqual(old);
  });

  it('a site is read again after its period, and again after that', async () => {
    site.pages['/'] = html('News', 'first');
    const { enqueue } = await ground.startProcess();
    const id = await ground.add(web({ crawl_period_min: 60 }));
    await enqueue(id);
    await ground.settled(id);
    for (const text of ['second', 'third']) {
      site.pages['/'] = html('News', text);
      await enqueue(id); // not due yet
      ground.later += 61 * MINUTE;
      await until(`the ${text} is read`, async () => {
        await enqueue(id);
        return (await ground.chunks(id))[0]?.includes(text);
      });
    }
    expect(site.asked.filter((path) => path === '/')).toHaveLength(3);
  });

  it('a source that is changed while it is read ends as the new one', async () => {
    const { opened, open } = gate();
    site.pages['/'] = (request, response) =>
      void opened.then(() => send(200, { 'content-type': 'text/html' }, html('Old', 'old'))(request, response));
    site.pages['/new'] = html('New', 'new');
    const { enqueue } = await ground.startProcess();
    const id = await ground.add(web());
    await enqueue(id);
    await until('the old one is asked for', () => site.asked.includes('/'));
    await updateKnowledge(
      ground.db,
      ACCOUNT,
      id,
      { knowledge_source_details: { source: `${site.origin}/new` } },
      new Date(),
    );
    await enqueue(id); // the job that still runs swallows it
    open();
    await ground.settled(id);
    expect(await ground.chunks(id)).toEqual(['# New\nnew']);
  });
});

describe('whatever dies, is stopped or is lost', () => {
  const held = (_request: unknown, response: { on(event: 'close', done: () => void): void }) =>
    response.on('close', () => {});

  it('a stopped process gives its source back, and another reads it at once', async () => {
    site.pages['/'] = held;
    const first = await ground.startProcess();
    const id = await ground.add(web());
    await first.enqueue(id);
    await until('it is asked for', () => site.asked.includes('/'));
    site.pages['/'] = html('Read', 'by the second');
    await first.stop();
    expect(await ground.row(id)).toMatchObject({ status: 'QUEUED', reason: null });
    await ground.startProcess();
    expect(await ground.settled(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('a worker that died is followed by another once its lease runs out; what it read late does not count', async () => {
    site.pages['/'] = html('Read', 'by the second');
    const id = await ground.add(web());
    const dead = await claimSource(ground.db, id, { token: uuidv7(), now: new Date(), leaseMs: MINUTE });
    if (!dead) throw new Error('It should have been due.');
    const { enqueue } = await ground.startProcess();
    await enqueue(id);
    expect(site.asked).toEqual([]);
    ground.later += MINUTE + 1_000;
    await until('it is read', async () => {
      await enqueue(id);
      return (await ground.row(id)).status === 'COMPLETED';
    });
    const late = { documents: [{ text: 'late' }], note: null, dueAt: null };
    expect(await completeSource(ground.db, dead, late, new Date())).toBe(false);
    expect(await ground.chunks(id)).toEqual(['# Read\nby the second']);
  });

  it('what kills every process that reads it is given up', async () => {
    const id = await ground.add(web());
    for (let death = 1; death <= 4; death += 1) {
      const now = new Date(Date.now() + ground.later);
      expect(await claimSource(ground.db, id, { token: uuidv7(), now, leaseMs: MINUTE })).toMatchObject({
        attempts: death,
      });
      ground.later += MINUTE + 1_000;
    }
    const { enqueue } = await ground.startProcess();
    await enqueue(id);
    expect(await ground.settled(id)).toMatchObject({
      status: 'FAILED',
      reason: expect.stringMatching(/has died of it/),
    });
  });

  it('a source whose job was lost is found by the sweep', async () => {
    site.pages['/'] = html('Found', 'by the sweep');
    const id = await ground.add(web());
    await ground.startProcess(); // sweeps as it starts
    expect(await ground.settled(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('several processes with many sources read each once', async () => {
    const paths = Array.from({ length: 12 }, (_, index) => `/site-${index}`);
    for (const path of paths) site.pages[path] = html(path, path);
    const [one, two] = await Promise.all([ground.startProcess(), ground.startProcess()]);
    const ids = [];
    for (const path of paths) ids.push(await ground.add(web({ source: site.origin + path })));
    await Promise.all(ids.flatMap((id) => [one.enqueue(id), two.enqueue(id)]));
    for (const id of ids) expect(await ground.settled(id)).toMatchObject({ status: 'COMPLETED' });
    expect(site.asked.filter((path) => path !== '/robots.txt').sort()).toEqual(paths.sort());
  });

  it('a source that is deleted while it is read leaves nothing behind', async () => {
    const { opened, open } = gate();
    site.pages['/'] = (request, response) =>
      void opened.then(() => send(200, { 'content-type': 'text/html' }, html('Late', 'late'))(request, response));
    site.pages['/next'] = html('Next', 'next');
    const { enqueue } = await ground.startProcess();
    const id = await ground.add(web());
    await enqueue(id);
    await until('it is asked for', () => site.asked.includes('/'));
    await deleteKnowledge(ground.db, ACCOUNT, id);
    open();
    const next = await ground.add(web({ source: `${site.origin}/next` }));
    await enqueue(next);
    await ground.settled(next);
    expect(await ground.db.query(sql`select knowledge_id from assistants.knowledge_chunk`)).toEqual([
      { knowledge_id: next },
    ]);
    expect(ground.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
