import { Readability } from '@mozilla/readability';
import { compile } from 'html-to-text';
import { parseHTML } from 'linkedom';

export type PageText = {
  title: string | undefined;
  text: string;
  /** As written in the page. */
  links: string[];
  canonical: string | undefined;
};

/** Is part of every page of a site, or no text at all. */
const BOILERPLATE = `script, style, noscript, template, iframe, svg, form, dialog, nav, header, footer, aside, [hidden], [aria-hidden="true"],
  [role="navigation"], [role="banner"], [role="contentinfo"], [role="search"], [role="dialog"], [id*="cookie" i], [class*="cookie" i]`;

/** The shortest text that can be what a page is about. */
const ENOUGH = 200;

/** What a page says, without its navigation and the like, and where it leads. */
export function readHtml(html: string): PageText {
  const { document } = parseHTML(html.includes('<html') ? html : `<html><body>${html}</body></html>`);
  const links = [...document.querySelectorAll('a[href]')].map((anchor) => anchor.getAttribute('href') ?? '');
  const canonical = document.querySelector('link[rel="canonical"]')?.getAttribute('href') ?? undefined;
  const title = clean(document.querySelector('h1')?.textContent) ?? clean(document.querySelector('title')?.textContent);

  const article = new Readability(document.cloneNode(true), { charThreshold: ENOUGH }).parse();
  const story = toText(article?.content ?? '');
  for (const element of document.querySelectorAll(BOILERPLATE)) element.remove();
  const main = document.querySelector('main') ?? document.querySelector('[role="main"]') ?? document.body;
  const whole = toText(main?.innerHTML ?? '');
  // Readability looks for an article. Of a price list or a page of questions it would keep the longest part alone.
  const text = story.length > whole.length / 2 && story.length >= ENOUGH ? story : whole;
  return { title, text, links, canonical };
}

const clean = (text: string | null | undefined) => text?.replace(/\s+/g, ' ').trim() || undefined;

const block = { leadingLineBreaks: 2, trailingLineBreaks: 2 };

const toText = compile({
  wordwrap: false,
  formatters: {
    markedHeading(element, walk, builder, options) {
      builder.openBlock({ leadingLineBreaks: 2 });
      builder.addLiteral(`${'#'.repeat(Number(element.name?.[1]))} `);
      walk(element.children, builder);
      builder.closeBlock({ trailingLineBreaks: options.trailingLineBreaks });
    },
    cell(element, walk, builder) {
      walk(element.children, builder);
      builder.addInline(' | ');
    },
    row(element, walk, builder) {
      builder.openBlock({ leadingLineBreaks: 1 });
      walk(element.children, builder);
      builder.closeBlock({ trailingLineBreaks: 1 });
    },
  },
  limits: { maxDepth: 200, maxInputLength: 10_000_000 },
  selectors: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      format: 'markedHeading',
      options: { trailingLineBreaks: 1 },
    })),
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'table', format: 'block', options: block },
    { selector: 'tr', format: 'row' },
    { selector: 'td', format: 'cell' },
    { selector: 'th', format: 'cell' },
    { selector: 'dt', format: 'block', options: { leadingLineBreaks: 2, trailingLineBreaks: 1 } },
    { selector: 'dd', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'summary', format: 'block', options: { leadingLineBreaks: 2, trailingLineBreaks: 1 } },
  ],
});
