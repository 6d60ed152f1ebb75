import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExtractor } from '../../../src/assistants/knowledge/extract/extractor.ts';
import { defaultLimits } from '../../../src/assistants/knowledge/limits.ts';
import { type CrawlParts, crawl } from '../../../src/assistants/knowledge/web/crawl.ts';
import { createGuardedDispatcher } from '../../../src/http/outbound-guard.ts';
import { pdfOf } from './pdf.ts';
import { html, links, redirect, type Site, send, startSite } from './site.ts';

const extractor = createExtractor(30_000);
const open = createGuardedDispatcher({ allowPrivate: true });
let site: Site;
const others: Site[] = [];

beforeEach(async () => {
  site = await startSite();
});
afterEach(async () => {
  await Promise.all([site, ...others.splice(0)].map((each) => each.close()));
});
afterAll(async () => {
  extractor.close();
  await open.close();
});

async function otherSite(pages: Site['pages']): Promise<Site> {
  const other = await startSite(pages);
  others.push(other);
  return other;
}

const read = (path = '/', depth = 0, parts: Partial<CrawlParts> = {}, signal = new AbortController().signal) =>
  crawl(
    new URL(path, site.origin),
    depth,
    { ...defaultLimits, dispatcher: open, headersFor: () => ({}), extract: extractor.extract, ...parts },
    signal,
  );

const pathsOf = async (...given: Parameters<typeof read>) =>
  (await read(...given)).documents.map(({ url }) => url?.replace(site.origin, ''));

describe('a website is read', () => {
  it('one page, with its title and address, unless more depth is asked for', async () => {
    site.pages['/'] = html('Opening hours', `<p>We open at nine.</p>${links('/prices')}`);
    expect(await read()).toEqual({
      documents: [
        { title: 'Opening hours', url: `${site.origin}/`, text: '# Opening hours\n\nWe open at nine.\n\nmore' },
      ],
      left: [],
    });
    expect(site.asked).toEqual(['/robots.txt', '/']);
    expect(site.requests[1]?.headers['user-agent']).toContain('TandemKnowledge');
  });

  it('as deep as asked, nearest pages first, each of them once, however the pages link to each other', async () => {
    site.pages['/'] = html(
      'Home',
      links('/a', '/b', '/', '#top', '/a#part', '/a?utm_source=news', 'mailto:x@y.z', '/a/'),
    );
    site.pages['/a'] = html('A', links('/c', '/', '/b'));
    site.pages['/b'] = html('B', links('/a', '/c', 'javascript:void(0)', '/logo.png'));
    site.pages['/c'] = html('C', links('/d', '/a'));
    site.pages['/d'] = html('D', '');
    expect(await pathsOf('/', 0)).toEqual(['/']);
    expect(await pathsOf('/', 1)).toEqual(['/', '/a', '/b']);
    site.asked = [];
    expect(await pathsOf('/', 2)).toEqual(['/', '/a', '/b', '/c']);
    expect(site.asked).toEqual(['/robots.txt', '/', '/a', '/b', '/c']);
  });

  it('within its own domain', async () => {
    const other = await otherSite({ '/': html('Elsewhere', '') });
    site.pages['/'] = html('Home', links(`${other.origin}/`, '/moved', '/a'));
    site.pages['/moved'] = redirect(`${other.origin}/`);
    site.pages['/a'] = html('A', '');
    expect(await pathsOf('/', 1)).toEqual(['/', '/a']);
    expect(other.asked).toEqual(['/robots.txt'].filter((path) => other.asked.includes(path)));
  });

  it('where it has moved to as a whole, if robots may read it there', async () => {
    const other = await otherSite({ '/new': html('New home', links('/a')), '/a': html('A', '') });
    site.pages['/'] = redirect(`${other.origin}/new`, 301);
    const { documents } = await read('/', 1);
    expect(documents.map(({ url }) => url)).toEqual([`${other.origin}/new`, `${other.origin}/a`]);
    other.pages['/robots.txt'] = 'User-agent: *\nDisallow: /new';
    await expect(read()).rejects.toThrow(/robots\.txt of 127.0.0.1:\d+ does not let/);
  });

  it('up to the limit of pages, and says what was left out', async () => {
    const paths = Array.from({ length: 30 }, (_, index) => `/page-${index}`);
    site.pages['/'] = html('Home', links(...paths));
    for (const path of paths) site.pages[path] = html(path, '');
    const { documents, left } = await read('/', 1);
    expect(documents).toHaveLength(15);
    expect(left).toEqual(['The limit of 15 pages is reached: 16 or more were left out.']);
    expect((await read('/', 1, { pages: 3 })).documents).toHaveLength(3);
  });

  it('up to the limit of characters', async () => {
    site.pages['/'] = html('Home', `<p>${'x '.repeat(100)}</p>${links('/a', '/b')}`);
    site.pages['/a'] = html('A', `<p>${'y '.repeat(500)}</p>`);
    site.pages['/b'] = html('B', 'z');
    const { documents, left } = await read('/', 1, { characters: 600 });
    expect(documents).toHaveLength(1);
    expect(left).toEqual(['The site has more than 600 characters: the rest was left out.']);
  });

  it('every content type that can be read, and no other', async () => {
    site.pages['/'] = html('Home', links('/list', '/notes.md', '/notes.txt', '/video', '/data'));
    site.pages['/list'] = send(
      200,
      { 'content-type': 'application/pdf' },
      pdfOf(['A price list'], { title: 'Prices' }),
    );
    site.pages['/notes.md'] = send(200, { 'content-type': 'text/plain' }, '# Notes\n\nIn Markdown.');
    site.pages['/notes.txt'] = send(
      200,
      { 'content-type': 'text/plain; charset=iso-8859-1' },
      Buffer.from('Caf\xe9', 'latin1'),
    );
    site.pages['/video'] = send(200, { 'content-type': 'video/mp4' }, 'binary');
    site.pages['/data'] = send(200, {}, 'no type at all');
    const { documents, left } = await read('/', 1);
    expect(documents.slice(1)).toEqual([
      { text: 'A price list', title: 'Prices', page: 1, url: `${site.origin}/list` },
      { text: '# Notes\n\nIn Markdown.', url: `${site.origin}/notes.md` },
      { text: 'Café', url: `${site.origin}/notes.txt` },
    ]);
    expect(left).toEqual([
      expect.stringMatching(/\/video could not be read\. It is of the type video\/mp4, and only/),
      expect.stringMatching(/\/data could not be read\. It is of the type unknown, and only/),
    ]);
  });

  it('without copies: the same canonical address, or the very same text', async () => {
    const canonical = (path: string) => `<link rel="canonical" href="${path}">`;
    site.pages['/'] = html('Home', links('/bike', '/bike?colour=red', '/copy', '/other', '/wrong'));
    site.pages['/bike'] = html('Bike', 'A bike.', canonical('/bike'));
    site.pages['/bike?colour=red'] = html('Bike', 'A red bike.', canonical('/bike'));
    site.pages['/copy'] = html('Bike', 'A bike.');
    site.pages['/other'] = html('Other', 'Named by another site.', canonical('https://elsewhere.example/bike'));
    site.pages['/wrong'] = html('Wrong', 'A site that gives all its pages one canonical address.', canonical('/'));
    expect(await pathsOf('/', 1)).toEqual(['/', '/bike', '/other', '/wrong']);
  });

  it('with a login, which goes to no address but that of the source', async () => {
    const other = await otherSite({ '/a': html('A', '') });
    site.pages['/'] = html('Home', links('/a'));
    site.pages['/a'] = redirect(`${other.origin}/a`);
    const headersFor = (url: URL): Record<string, string> =>
      url.origin === site.origin ? { authorization: 'Bearer s' } : {};
    await read('/', 1, { headersFor });
    expect(site.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer s', 'Bearer s', 'Bearer s']);
    expect(other.requests.map(({ headers }) => headers.authorization)).not.toContain('Bearer s');
  });
});

describe('robots.txt', () => {
  it('is obeyed: by our name, or else by the star', async () => {
    site.pages['/'] = html('Home', links('/public', '/private/a', '/search?q=x'));
    for (const path of ['/public', '/private/a', '/search?q=x']) site.pages[path] = html(path, '');
    site.pages['/robots.txt'] = send(200, {}, 'User-agent: *\nDisallow: /private/\nDisallow: /search?');
    expect(await pathsOf('/', 1)).toEqual(['/', '/public']);
    site.pages['/robots.txt'] = send(
      200,
      {},
      'User-agent: *\nDisallow: /\n\nUser-agent: TandemKnowledge\nDisallow: /public',
    );
    expect(await pathsOf('/', 1)).toEqual(['/', '/private/a', '/search?q=x']);
  });

  it('that shuts us out is told of, and the page is not asked for', async () => {
    site.pages['/'] = html('Home', '');
    site.pages['/robots.txt'] = send(200, { 'content-type': 'text/plain' }, 'User-agent: *\nDisallow: /');
    await expect(read()).rejects.toMatchObject({
      name: 'SourceProblem',
      passing: false,
      message: /robots\.txt of .* Have it allow/,
    });
    expect(site.asked).toEqual(['/robots.txt']);
  });

  it('that cannot be read shuts us out for now', async () => {
    site.pages['/'] = html('Home', '');
    site.pages['/robots.txt'] = send(503, {});
    await expect(read()).rejects.toMatchObject({ passing: true, message: /robots\.txt cannot be read \(503\)/ });
    expect(site.asked).toEqual(['/robots.txt']);
  });

  it('may ask for pauses between requests', async () => {
    site.pages['/robots.txt'] = send(200, {}, 'User-agent: *\nCrawl-delay: 0.3');
    site.pages['/'] = html('Home', links('/a', '/b'));
    site.pages['/a'] = html('A', '');
    site.pages['/b'] = html('B', '');
    const startedAt = performance.now();
    expect(await pathsOf('/', 1)).toEqual(['/', '/a', '/b']);
    expect(performance.now() - startedAt).toBeGreaterThan(590);
  });
});

describe('a first page that cannot be read says why', () => {
  const bomb = gzipSync(Buffer.alloc(30 * 2 ** 20, 'x'));
  it.each<[string, Site['pages'][string] | undefined, RegExp, boolean]>([
    ['it is not there', undefined, /does not exist \(404\)\. Check the address/, false],
    ['it wants a login', send(401, {}), /refuses us \(401\).*policy with a login/, false],
    ['it is out of order', send(503, {}), /answered with the status 503/, true],
    ['it limits our rate', send(429, {}), /answered with the status 429/, true],
    [
      'it is a picture',
      send(200, { 'content-type': 'image/png' }, 'x'),
      /of the type image\/png, and only HTML/,
      false,
    ],
    ['it leads in circles', redirect('/page'), /never to a page/, false],
    ['it leads to something else', redirect('ftp://example.com/'), /leads to ftp:.*no web page/, false],
    ['it is huge', send(200, { 'content-type': 'text/html' }, 'x'.repeat(3 * 2 ** 20)), /is larger than 2 MB/, false],
    [
      'it unpacks to a flood',
      send(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }, bomb),
      /larger than 2 MB/,
      false,
    ],
    [
      'it is packed wrongly',
      send(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }, 'no gzip'),
      /cannot be reached: it sends compressed data that is damaged/,
      true,
    ],
    ['it breaks off', (_request, response) => void response.destroy(), /cannot be reached: the connection broke/, true],
  ])('%s', async (_what, page, reason, passing) => {
    if (page) site.pages['/page'] = page;
    await expect(read('/page', 0, { bytes: 2 * 2 ** 20 })).rejects.toMatchObject({
      name: 'SourceProblem',
      message: expect.stringMatching(reason),
      passing,
    });
  });

  it('it comes too slowly, though it never stops', async () => {
    let dripping: NodeJS.Timeout | undefined;
    site.pages['/'] = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      dripping = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(dripping));
    };
    await expect(read('/', 0, { pageMs: 400 })).rejects.toMatchObject({
      passing: true,
      message: /did not arrive within/,
    });
  });

  it('nobody is there', async () => {
    const gone = await startSite();
    await gone.close();
    const parts = { ...defaultLimits, dispatcher: open, headersFor: () => ({}), extract: extractor.extract };
    await expect(crawl(new URL(gone.origin), 0, parts, new AbortController().signal)).rejects.toMatchObject({
      passing: true,
      message: expect.stringMatching(/cannot be reached: nothing listens there/),
    });
  });
});

describe('the guard', () => {
  it('refuses private addresses, named or by a redirect', async () => {
    const guarded = createGuardedDispatcher({ allowPrivate: false });
    await expect(read('/', 0, { dispatcher: guarded })).rejects.toThrow(/is in a private network/);
    expect(site.asked).toEqual([]);
    await guarded.close();

    // Only the site's own address is let through here, so that it can try to send us on.
    const inner = createGuardedDispatcher({ allowPrivate: false });
    const outer = new Agent();
    const routing = outer.compose(
      (dispatch) => (options, handler) =>
        options.origin?.toString() === site.origin ? dispatch(options, handler) : inner.dispatch(options, handler),
    );
    for (const target of [
      'http://127.0.0.1:81/',
      'http://169.254.169.254/latest/',
      'http://[::1]:81/',
      'http://localhost:81/',
    ]) {
      site.pages['/'] = redirect(target);
      await expect(read('/', 0, { dispatcher: routing })).rejects.toThrow(/is in a private network/);
    }
    await Promise.all([inner.close(), outer.close()]);
  });
});

describe('a page among many that cannot be read', () => {
  it('is noted, and the others are read', async () => {
    site.pages['/'] = html('Home', links('/gone', '/broken', '/a'));
    site.pages['/broken'] = send(500, {});
    site.pages['/a'] = html('A', '');
    const { documents, left } = await read('/', 1);
    expect(documents.map(({ title }) => title)).toEqual(['Home', 'A']);
    expect(left).toEqual([
      expect.stringMatching(/\/gone does not exist/),
      expect.stringMatching(/\/broken answered with/),
    ]);
  });

  it('does not keep us busy for ever: a site of nothing but dead links is left', async () => {
    site.pages['/'] = html('Home', links(...Array.from({ length: 500 }, (_, index) => `/dead-${index}`)));
    await read('/', 1);
    expect(site.asked.length).toBeLessThan(70);
  });

  it('a stop breaks the reading off at once', async () => {
    const abort = new AbortController();
    site.pages['/'] = () => abort.abort(new Error('stopping'));
    await expect(read('/', 0, {}, abort.signal)).rejects.toThrow('stopping');
  });
});
