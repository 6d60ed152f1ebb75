import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailurePage } from '../../src/console/contract.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { newPhone } from '../support/surroundings.ts';
import { chromiumPath, openBrowser, openWindow, views, type Window } from './browser.ts';
import { pastHour } from './past-hour.ts';

/** Without an account: the carrier is simulated, and everybody on this machine may use the console. */
const local = {
  ...Object.fromEntries(
    ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_API_BASE_URL', 'ASSISTANTS_BASE_URL', 'ASSISTANT_ID'].map(
      (name) => [name, ''],
    ),
  ),
  PUBLIC_URL: '',
  HANDOFF_ON_FAILURE: 'false',
  LOG_LEVEL: 'warn',
};
/** A number of ours whose webhook names an assistant that there is not. */
const misled = '+15550009999';

const questions = [
  'Hi! When are you open on Saturdays?',
  'My brakes squeak. How much is a basic service?',
  'How long is the warranty on a new frame?',
  'Can I bring back a jacket that does not fit?',
  'Do you deliver bikes?',
  'Where are you, and can I park there?',
  'Can I pay in instalments?',
  'Thanks, see you tomorrow!',
];

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  if (!chromiumPath) return;
  const dataDir = mkdtempSync(join(tmpdir(), 'tandem-console-data-'));
  [gateway, browser] = await Promise.all([startGateway({ env: { ...local, DATA_DIR: dataDir } }), openBrowser()]);
  await simulate('PUT', `/numbers/${encodeURIComponent(misled)}`, {
    smsUrl: `${gateway.url}/webhooks/twilio/messaging?AssistantId=aia_asst_00000000-0000-4000-8000-00000000dead`,
  });
  await pastHour(gateway.db);
  for (const [n, question] of questions.entries()) await text(newPhone(), question, n % 3 === 2 ? 'whatsapp' : 'sms');
  await gateway.settle();
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

  it('the simulator: what was answered, how it came about, and a human who takes over', async () => {
    const { page, inspect } = window;
    await page.goto('/console/');
    await say(page, 'When are you open?');
    const phone = page.getByRole('region', { name: 'Phone' });
    await phone.getByText('We are open Monday to Friday').waitFor();
    await phone.getByRole('img', { name: 'delivered' }).first().waitFor();
    if (isNarrow) {
      await inspect('simulator');
      await page.getByRole('button', { name: 'What happened' }).click();
    }
    await page.getByText('Receipt: delivered').first().waitFor();
    await page.getByText('Check: groundedness').waitFor();
    await inspect(isNarrow ? 'simulator-happened' : 'simulator');

    if (isNarrow) await page.getByRole('button', { name: 'Phone' }).click();
    await say(page, 'agent');
    if (isNarrow) await page.getByRole('button', { name: 'Desk' }).click();
    const desk = page.getByRole('region', { name: 'Agent’s desk' });
    await desk.getByRole('button', { name: 'Accept' }).click();
    await desk.getByRole('textbox', { name: 'Answer' }).fill('Hello, this is Robin');
    await desk.getByRole('button', { name: 'Send' }).click();
    if (isNarrow) await page.getByRole('button', { name: 'Phone' }).click();
    await phone.getByText('Hello, this is Robin').waitFor();
    if (isNarrow) await page.getByRole('button', { name: 'Desk' }).click();
    await inspect('simulator-desk');
    await desk.getByRole('button', { name: 'End', exact: true }).click();
    await desk.getByText('Nobody is waiting').waitFor();
    if (isNarrow) await page.getByRole('button', { name: 'What happened' }).click();
    await page.getByText('The human is done').waitFor();
    await page.getByRole('link', { name: 'Open the thread' }).click();
    // What the agent said stands on our side, under their name.
    await page.locator('.said.human', { hasText: 'Hello, this is Robin' }).waitFor();
    await inspect('thread-handoff');
  });

  it('threads: found by its words, taken over, spoken in, given back; and the way back', async () => {
    const { page, inspect } = window;
    const from = newPhone();
    await text(from, `How much is a basic service? I am ${from}.`);
    await page.goto('/console/threads');
    await page.getByRole('link', { name: from }).waitFor();
    await inspect('threads');
    await page.getByRole('searchbox', { name: 'Search in texts' }).fill(`I AM ${from}`);
    await page.getByRole('link', { name: `I am ${from}` }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: '+1555' }).count()).toBe(1);
    await page.getByRole('link', { name: `I am ${from}` }).click();
    await page.getByText('Answered in').first().click();
    await page.getByText('Attempts').waitFor();
    await page.getByLabel('Every event').check();
    await page.getByText('Receipt: delivered').first().waitFor();
    await inspect('thread-events');
    await page.getByRole('button', { name: 'Take over' }).click();
    await page.getByLabel('Answer as a human').fill('A person here: we do.');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('A person here: we do.').waitFor();
    await page.getByText('Operator', { exact: true }).waitFor();
    await inspect('thread');
    expect(await texts(from)).toContain('A person here: we do.');
    await page.getByRole('button', { name: 'Give back' }).click();
    await page.getByRole('button', { name: 'Take over' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Threads' }).waitFor();
    expect(new URL(page.url()).searchParams.get('text')).toBe(`I AM ${from}`);
  });

  it('failures: why, and what to do; dismissed, and retried', async () => {
    const { page, inspect } = window;
    const from = newPhone();
    await text(from, 'Is anybody there?', 'sms', misled);
    await page.goto('/console/failures');
    await page.getByRole('link', { name: from }).waitFor();
    await page.getByText('There is no such assistant').first().waitFor();
    await inspect('failures');
    await page.getByRole('button', { name: 'Retry', exact: true }).first().click();
    await page.getByText('The assistant is asked again.').waitFor();
    await gateway.settle();
    await page.getByRole('button', { name: 'Dismiss' }).first().click();
    await page.getByText('Nothing needs you').waitFor();
    await inspect('failures-none');
  });

  it('assistants: created, taught, changed and tried', async () => {
    const { page, inspect } = window;
    await page.goto('/console/assistants');
    await page.getByRole('button', { name: 'New' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(`Shop ${view.width} ${view.colorScheme}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page
      .getByRole('heading', { name: `Shop ${view.width} ${view.colorScheme}` })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Add a source' }).click();
    const knowledge = page.getByRole('region', { name: 'Knowledge' });
    await knowledge.getByRole('textbox', { name: 'Name' }).fill('Parking');
    await knowledge.getByRole('textbox', { name: 'Text' }).fill('Parking is free behind the shop, by the harbour.');
    await knowledge.getByRole('button', { name: 'Add', exact: true }).click();
    await knowledge.getByText('Text, ready').waitFor();
    const tools = page.getByRole('region', { name: 'Tools' });
    await tools.getByRole('button', { name: 'Add a webhook' }).click();
    await tools.getByLabel('Name').fill('Look up an order');
    await tools.getByLabel('Webhook address').fill('https://tools.example.com/orders');
    await tools.getByRole('button', { name: 'Add', exact: true }).click();
    await tools.getByRole('button', { name: 'Edit Look up an order' }).click();
    await tools.getByLabel('Called by').selectOption('GET');
    await tools.getByRole('button', { name: 'Save the tool' }).click();
    await tools.getByText('WEBHOOK GET https://tools.example.com/orders').waitFor();
    await inspect('assistant');
    if (isNarrow) await page.getByRole('button', { name: 'Try' }).click();
    await say(page, 'Where can I park?');
    await page.getByRole('region', { name: 'Phone' }).getByText('free behind the shop').waitFor();
    await page.getByRole('region', { name: 'How the answer came about' }).waitFor();
    await inspect('assistant-try');
  });

  it('health: every part, and plots of the last hour and day', async () => {
    const { page, inspect } = window;
    await page.goto('/console/health');
    await page.getByText('Every part is well.').waitFor();
    await page.getByRole('img', { name: /Messages a minute/ }).waitFor();
    await inspect('health');
    await page.getByRole('button', { name: 'Last day' }).click();
    await page.getByRole('button', { name: 'Last day', pressed: true }).waitFor();
    await page.getByRole('img', { name: /Messages a minute/ }).waitFor();
  });

  it('complains about nothing, and asks no other host', () => expect(window.complaints).toEqual([]));
});

describe.runIf(chromiumPath)('The simulator', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow(browser, gateway.url, { width: 1440, colorScheme: 'light' });
    await window.page.goto('/console/simulator');
  });
  afterAll(() => window?.close());

  it('is a phone inside a Conversation too, whose number is its own', async () => {
    const { page } = window;
    const phone = page.getByRole('region', { name: 'Phone' });
    await page.getByRole('button', { name: 'Conversation' }).click();
    await say(page, 'When are you open?');
    await phone.getByText('We are open Monday to Friday').waitFor();
    const response = await fetch(`${gateway.url}/console/api/threads?channel=conversation`);
    expect(await response.json()).toMatchObject({ threads: [{ channel: 'conversation' }] });
  });

  it('chats by the web, and sends pictures by WhatsApp', async () => {
    const { page } = window;
    const phone = page.getByRole('region', { name: 'Phone' });
    await page.getByRole('button', { name: 'Web chat' }).click();
    await say(page, 'How much is a flat tyre?');
    await phone.getByText('repaired for $15').waitFor();
    await page.getByRole('button', { name: 'WhatsApp' }).click();
    await page.getByLabel('Add a picture').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: dot });
    await say(page, 'What is this?');
    await phone.getByRole('img', { name: 'read' }).waitFor();
    await phone.getByRole('img', { name: 'Sent with the message' }).waitFor();
    await expect.poll(() => page.evaluate("document.querySelector('.phone .picture').naturalWidth")).toBe(1);
  });

  it('makes trouble: a webhook that comes thrice is answered once, a lost answer shows as lost, a burst keeps its order', async () => {
    const { page } = window;
    const phone = page.getByRole('region', { name: 'Phone' });
    await page.getByRole('button', { name: 'SMS' }).click();
    await page.getByText('Make trouble').click();
    await page.getByRole('button', { name: 'Webhook thrice' }).click();
    await phone.getByText('We are open Monday to Friday').waitFor();
    await page.getByRole('button', { name: 'Not delivered' }).click();
    await page.getByText('does not reach the phone').waitFor();
    await say(page, 'How long is the warranty?');
    await phone.getByRole('img', { name: 'undelivered' }).waitFor();
    expect(await phone.getByText('We are open Monday to Friday').count()).toBe(1);
    await page.getByRole('button', { name: 'Burst of three' }).click();
    for (const words of ['One more thing', 'I am in a hurry', 'When do you close today?']) {
      await phone.getByText(words).waitFor();
    }
    await gateway.settle();
    await page.getByText('Receipt: undelivered').waitFor({ state: 'attached' });
    await window.inspect('simulator-trouble');
    await dismissAll();
  });

  it('complains about nothing', () => expect(window.complaints).toEqual([]));
});

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function dismissAll(): Promise<void> {
  const own = { 'x-tandem-console': '1' };
  const { failures } = (await (await fetch(`${gateway.url}/console/api/failures/open`)).json()) as FailurePage;
  for (const { id } of failures) {
    await fetch(`${gateway.url}/console/api/failures/${id}/dismiss`, { method: 'POST', headers: own });
  }
}

async function say(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(words);
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
}

/** The simulator behind the gateway's own port, which the test's other simulator is not. */
async function simulate(method: string, path: string, body?: object) {
  const response = await fetch(`${gateway.url}/simulator${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

function text(from: string, body: string, channel: 'sms' | 'whatsapp' = 'sms', to = '+15550001000') {
  const prefix = channel === 'sms' ? '' : 'whatsapp:';
  return simulate('POST', '/texts', { from: prefix + from, to: prefix + to, body });
}

async function texts(to: string): Promise<string[]> {
  const { messages } = (await simulate('GET', `/messages?to=${encodeURIComponent(to)}`)) as {
    messages: { body: string }[];
  };
  return messages.map(({ body }) => body);
}
