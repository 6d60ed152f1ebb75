import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createExtractor } from '../../../src/assistants/knowledge/extract/extractor.ts';
import { pdfOf } from './pdf.ts';

const extractor = createExtractor(30_000);
afterAll(() => extractor.close());

const never = new AbortController().signal;
const read = (content: string | Buffer, name: string, contentType = '') =>
  extractor.extract({ bytes: Buffer.from(content as string), contentType, name }, never);
const textOf = async (content: string | Buffer, name: string, contentType?: string) =>
  (await read(content, name, contentType)).documents.map(({ text }) => text).join('\n---\n');

describe('a file becomes text', () => {
  it('CSV: each row can be understood by itself, whatever marks stand between its values', async () => {
    const rows = (mark: string) =>
      ['Product,Price,Note', 'Tube 700c,$8,"Fits 28""', 'and 29"""', 'Bell,$12,']
        .join('\n')
        .replaceAll(/,(?=\S|$)/gm, mark);
    for (const mark of [',', ';', '\t']) {
      expect(await textOf(rows(mark), 'prices.csv')).toBe(
        'Product: Tube 700c\nPrice: $8\nNote: Fits 28" and 29"\n\nProduct: Bell\nPrice: $12',
      );
    }
    expect(await textOf('\ufeffName,Ort\nJürgen,Köln\n', 'leute.csv', 'text/csv')).toBe('Name: Jürgen\nOrt: Köln');
  });

  it('JSON Lines: each value with the names of its fields', async () => {
    const lines =
      '{"name":"Bell","price":{"amount":12,"currency":"USD"},"tags":["loud","brass"],"old":null}\n\n"Just text"\n';
    expect(await textOf(lines, 'items.jsonl')).toBe(
      'name: Bell\nprice amount: 12\nprice currency: USD\ntags: loud, brass\n\nJust text',
    );
  });

  it('PDF: page by page, with the title of the document', async () => {
    const pdf = pdfOf(['Opening hours\nMonday to Friday 9 to 18', 'Returns (30 days)'], { title: 'Handbook' });
    expect((await read(pdf, 'handbook.pdf')).documents).toEqual([
      { text: 'Opening hours\nMonday to Friday 9 to 18', page: 1, title: 'Handbook' },
      { text: 'Returns (30 days)', page: 2, title: 'Handbook' },
    ]);
  });

  it('Markdown and plain text: as they are, in the charset that they are in', async () => {
    expect(await textOf('# Öffnung\n\nAb 9 Uhr', 'a.md')).toBe('# Öffnung\n\nAb 9 Uhr');
    expect(await textOf(Buffer.from('Caf\xe9 \x80 5', 'latin1'), 'a.txt')).toBe('Café € 5');
    expect(await textOf(Buffer.from('\ufeffHours: 9', 'utf16le'), 'a.txt')).toBe('Hours: 9');
    expect(await textOf(Buffer.from('\xc4\xd6', 'latin1'), 'a', 'text/plain; charset=iso-8859-1')).toBe('ÄÖ');
  });

  it('HTML: what the page is about, with its headings and tables, without what every page has', async () => {
    const html = `<!doctype html><html><head><title>Prices | Harbour Cycles</title><style>p{}</style></head><body>
      <header>Harbour Cycles <nav><a href="/">Home</a><a href="/prices">Prices</a></nav></header>
      <div id="cookie-banner">We use cookies</div>
      <main><h1>Our prices</h1><p>All prices are in <b>dollars</b>.</p>
      <h2>Repairs</h2><table><tr><th>Work</th><th>Price</th></tr><tr><td>Flat tyre</td><td>$15</td></tr></table>
      <h2>Questions</h2><dl><dt>Do you take cards?</dt><dd>Yes, all of them.</dd></dl>
      <ul><li>Cash</li><li>Card</li></ul><script>var x = 'no';</script></main>
      <footer>Imprint</footer></body></html>`;
    const { documents, links } = await read(html, '/prices', 'text/html; charset=utf-8');
    expect(documents).toHaveLength(1);
    expect(documents[0]?.title).toBe('Our prices');
    const text = documents[0]?.text ?? '';
    for (const kept of [
      '# Our prices',
      '## Repairs',
      'Flat tyre | $15',
      'Do you take cards?',
      'Yes, all of them.',
      'Cash',
    ]) {
      expect(text).toContain(kept);
    }
    for (const dropped of ['Home', 'cookies', 'Imprint', 'var x', 'p{}']) expect(text).not.toContain(dropped);
    expect(links).toEqual(['/', '/prices']);
  });

  it('HTML without any main part: the article is told from what stands around it', async () => {
    const story = 'We true wheels, change chains and bleed brakes while you have a coffee next door. '.repeat(12);
    const html = `<html><body><div class="menu"><a href="/a">Shop</a> <a href="/b">Blog</a></div>
      <div class="article"><h1>Workshop</h1><p>${story}</p><p>${story}</p></div>
      <div class="sidebar"><a href="/c">Newsletter sign-up</a></div></body></html>`;
    const text = await textOf(html, '/', 'text/html');
    expect(text).toContain('bleed brakes');
    expect(text).not.toContain('Newsletter');
  });
});

describe('a file that cannot be read says why, and what to do', () => {
  it.each([
    ['', 'a.csv', '', /CSV file is empty\. Upload/],
    ['only,a,heading', 'a.csv', '', /one row only/],
    ['a,b\n"x,1\n', 'a.csv', '', /CSV file cannot be read: Quote Not Closed/],
    ['{"a":1}\n{"b":\n', 'a.jsonl', '', /Line 2 of the file is not JSON/],
    ['\n \n', 'a.jsonl', '', /holds no JSON/],
    ['%PDF-1.4 and then nothing', 'a.pdf', '', /no PDF, or a damaged one/],
    [pdfOf(['x'], { encrypt: true }), 'a.pdf', '', /protected by a password/],
    [pdfOf(['']), 'a.pdf', '', /only pictures.*OCR/],
    [gzipSync('x'), 'a.zip', 'application/zip', /of the type application\/zip, and only HTML, PDF/],
    ['x', 'noname', '', /of the type unknown/],
    [Buffer.from([104, 105, 0, 0, 1]), 'a.txt', 'text/plain', /not text, although/],
  ])('%#', async (content, name, contentType, reason) => {
    await expect(read(content as string, name, contentType)).rejects.toMatchObject({
      name: 'SourceProblem',
      passing: false,
      message: expect.stringMatching(reason),
    });
  });

  it('one that would hang its reader is given up, and the next is read', async () => {
    const hasty = createExtractor(1_000);
    const hanging = { bytes: Buffer.from(`${'<div>'.repeat(100_000)}deep`), contentType: 'text/html', name: '' };
    await expect(hasty.extract(hanging, never)).rejects.toThrow(/too long, or too much memory/);
    const next = { bytes: Buffer.from('still here'), contentType: '', name: 'a.txt' };
    expect((await hasty.extract(next, never)).documents).toEqual([{ text: 'still here' }]);
    hasty.close();
  });

  it('one that would fill the memory costs its reader only', async () => {
    const small = createExtractor(30_000, 100);
    const bytes = Buffer.from(`<html><body>${'<p>a<b>b</b>'.repeat(500_000)}`);
    await expect(small.extract({ bytes, contentType: 'text/html', name: '' }, never)).rejects.toThrow(
      /too long, or too much memory/,
    );
    const next = { bytes: Buffer.from('still here'), contentType: '', name: 'a.txt' };
    expect((await small.extract(next, never)).documents).toEqual([{ text: 'still here' }]);
    small.close();
  });

  it('nobody waits for one that was broken off', async () => {
    const abort = new AbortController();
    const reading = extractor.extract({ bytes: Buffer.from('x'), contentType: '', name: 'a.txt' }, abort.signal);
    abort.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow('stopped');
    expect(await textOf('again', 'a.txt')).toBe('again');
  });
});
