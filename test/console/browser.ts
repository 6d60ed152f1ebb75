import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** Debian's Chromium or another; undefined where there is none, and what needs it is skipped. */
export const chromiumPath = ['chromium', 'chromium-browser', 'google-chrome'].map(onPath).find(Boolean);
if (!chromiumPath) console.log('There is no Chromium on the PATH: the browser half of the console’s tests is skipped.');

/** Where pictures of pages go, for people to look at: all of them, and those in the README (`npm run screenshots`). */
const { SCREENSHOTS: pictures, README_IMAGES: readmePictures } = process.env;
const inReadme = new Set(['simulator-desk', 'thread-handoff', 'failures', 'assistant-try', 'health']);

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath as string });

export type View = { width: 390 | 1440; colorScheme: 'light' | 'dark' };

export const views: View[] = [
  { width: 1440, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
];

/** A window on the console, which notes whatever the pages complain about. */
export async function openWindow(browser: Browser, url: string, { width, colorScheme }: View) {
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 900 },
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    baseURL: url,
  });
  const complaints: string[] = [];
  const page: Page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url())) complaints.push(request.url());
  });
  return {
    page,
    complaints,
    /** Has axe look for what keeps people out, and takes a picture of the window where one is wanted. */
    async inspect(name: string): Promise<void> {
      if (pictures) await photograph(page, pictures, `${name}-${width}-${colorScheme}`);
      if (readmePictures && width === 1440 && inReadme.has(name)) {
        await photograph(page, readmePictures, `${name}-${colorScheme}`);
      }
      // Every colour and every layout is looked at once.
      if ((width === 390) === (colorScheme === 'dark')) expect(await barriers(page)).toEqual([]);
      // Nothing is wider than the window.
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    },
    close: () => context.close(),
  };
}

export type Window = Awaited<ReturnType<typeof openWindow>>;

async function photograph(page: Page, folder: string, name: string): Promise<void> {
  // What was just said in passing lies over the page.
  await page.evaluate("document.querySelector('.toasts')?.style.setProperty('visibility', 'hidden')");
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.evaluate("document.querySelector('.toasts')?.style.removeProperty('visibility')");
}

const axeSource = createRequire(import.meta.url)('axe-core').source as string;

async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

function onPath(name: string): string | undefined {
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
