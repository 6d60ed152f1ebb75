import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { chromiumPath, openBrowser, openWindow, views, type Window } from './browser.ts';

/** Without an account: the carrier is simulated, and everybody on this machine may use the console. */
const local = {
  ...Object.fromEntries(
    ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_API_BASE_URL', 'ASSISTANTS_BASE_URL', 'ASSISTANT_ID'].map(
      (name) => [name, ''],
    ),
  ),
  PUBLIC_URL: '',
  LOG_LEVEL: 'warn',
};

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  if (!chromiumPath) return;
  const dataDir = mkdtempSync(join(tmpdir(), 'tandem-console-data-'));
  [gateway, browser] = await Promise.all([startGateway({ env: { ...local, DATA_DIR: dataDir } }), openBrowser()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

describe.runIf(chromiumPath).each(views)('At $width px, $colorScheme', (view) => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow(browser, gateway.url, view);
  });
  afterAll(() => window?.close());
  const isNarrow = view.width === 390;

  it('the simulator shows the answer, its ticks and how it came about', async () => {
    const { page, inspect } = window;
    await page.goto('/console/simulator');
    await page.getByRole('textbox', { name: 'Message' }).fill('When are you open?');
    await page.getByRole('button', { name: 'Send' }).click();
    const phone = page.getByRole('region', { name: 'Phone' });
    await phone.getByText('We are open Monday to Friday').waitFor();
    await phone.getByRole('img', { name: 'delivered' }).first().waitFor();
    await inspect('simulator');
    if (isNarrow) await page.getByRole('button', { name: 'What happened' }).click();
    await page.getByText('Receipt: delivered').first().waitFor();
    await inspect('simulator-happened');
  });

  it('threads and one thread', async () => {
    const { page, inspect } = window;
    await page.goto('/console/threads');
    await page
      .getByRole('link', { name: /\+1555/ })
      .first()
      .waitFor();
    await inspect('threads');
    await page
      .getByRole('link', { name: /\+1555/ })
      .first()
      .click();
    await page.getByText('Answered in').first().waitFor();
    await inspect('thread');
  });
  it('failures', async () => {
    const { page, inspect } = window;
    await page.goto('/console/failures');
    await page.getByRole('heading', { name: 'Failures' }).waitFor();
    await inspect('failures');
  });
  it('assistants', async () => {
    const { page, inspect } = window;
    await page.goto('/console/assistants');
    await page.getByRole('link', { name: /Harper/ }).click();
    await page.getByRole('heading', { name: 'Guardrails' }).waitFor();
    await inspect('assistants');
  });
  it('health', async () => {
    const { page, inspect } = window;
    await page.goto('/console/health');
    await page.getByText('Every part is well.').waitFor();
    await inspect('health');
  });
  it('complains about nothing', () => expect(window.complaints).toEqual([]));
});
