import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { account, adminToken, newPhone } from '../support/surroundings.ts';
import { chromiumPath, openBrowser, openWindow, type Window } from './browser.ts';

const viewerToken = 'the-token-of-the-viewers';
const phone = newPhone();

let gateway: Gateway;
let browser: Browser;

describe.runIf(chromiumPath)('With a real account', () => {
  beforeAll(async () => {
    const env = { VIEWER_TOKEN: viewerToken, ASSISTANTS_BASE_URL: '', ASSISTANT_ID: '', LOG_LEVEL: 'warn' };
    [gateway, browser] = await Promise.all([startGateway({ env }), openBrowser()]);
    await fetch(`${gateway.url}/v1/Assistants`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name: 'Robin', personality_prompt: 'You are Robin.' }),
    });
    await gateway.text(phone, 'Zitronenfalter');
    await gateway.settle();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
  });

  async function logIn(window: Window, token: string): Promise<void> {
    await window.page.goto('/console/threads');
    await window.page.getByLabel('Token').fill(token);
    await window.page.getByRole('button', { name: 'Log in' }).click();
  }

  it('nobody comes in with a wrong token', async () => {
    const window = await openWindow(browser, gateway.url, { width: 390, colorScheme: 'dark' });
    await logIn(window, 'not-the-token-at-all');
    await window.page.getByRole('alert').getByText('That is not the token.').waitFor();
    await window.inspect('login');
    expect(await window.page.getByText('Zitronenfalter').count()).toBe(0);
    await window.close();
  });

  it('an operator talks with the assistant, and texts nobody; the raw queue is behind the same login', async () => {
    const window = await openWindow(browser, gateway.url, { width: 1440, colorScheme: 'light' });
    const { page } = window;
    await logIn(window, adminToken);
    await page.getByRole('link', { name: phone }).waitFor();
    const sent = (await gateway.simulator.all()).length;
    await page.getByRole('link', { name: 'Simulator' }).click();
    await page.getByText('nothing is texted to anybody').waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('Hello');
    await page.getByRole('textbox', { name: 'Message' }).press('Enter');
    await page.getByRole('img', { name: 'read' }).waitFor();
    await window.inspect('simulator-real');
    expect(await gateway.simulator.all()).toHaveLength(sent);
    await page.goto('/console/queues/');
    await page.getByText('tandem-jobs').first().waitFor();
    await page.goto('/console/threads');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    await window.close();
  });

  it('a viewer sees that somebody wrote, not who and what, and has no buttons that act', async () => {
    const window = await openWindow(browser, gateway.url, { width: 1440, colorScheme: 'light' });
    const { page } = window;
    await logIn(window, viewerToken);
    const row = page.getByRole('link', { name: `••••${phone.slice(-2)}` });
    await row.waitFor();
    await row.click();
    await page.getByText('Answered in').waitFor();
    await window.inspect('thread-viewer');
    const seen = (await page.locator('body').textContent()) ?? '';
    expect(seen).not.toContain('Zitronenfalter');
    expect(seen).not.toContain(phone.slice(2));
    expect(await page.getByRole('button', { name: 'Take over' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Erase' }).count()).toBe(0);
    await window.close();
  });

  it('a page says that the gateway is away, and is live again when it is back', async () => {
    const window = await openWindow(browser, gateway.url, { width: 390, colorScheme: 'dark' });
    const { page } = window;
    await logIn(window, adminToken);
    await page.getByRole('link', { name: phone }).waitFor();
    await gateway.stop();
    const away = page.getByRole('alert').getByText('The gateway cannot be reached');
    await away.waitFor();
    await window.inspect('away');
    await gateway.start();
    await away.waitFor({ state: 'detached' });
    const next = newPhone();
    await gateway.text(next, 'Are you back?');
    await page.getByRole('link', { name: next }).waitFor();
    await window.close();
  });
});
