import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailurePage } from '../../src/console/contract.ts';
import { sql } from '../../src/store/database.ts';
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
    await tools.getByRole('button', { name: 'Add a tool' }).click();
    await tools.getByLabel('Name').fill('Look up an order');
    await tools.getByLabel('Webhook address').fill('https://tools.example.com/orders');
    await tools.getByRole('button', { name: 'Add', exact: true }).click();
    await tools.getByRole('button', { name: 'Edit Look up an order' }).click();
    await tools.getByLabel('Called by').selectOption('GET');
    await tools.getByRole('button', { name: 'Save the tool' }).click();
    await tools.getByText('Webhook, GET https://tools.example.com/orders').waitFor();
    await inspect('assistant');
    await page.getByRole('heading', { name: 'Limits' }).click();
    const limits = page.getByRole('group', { name: 'Limits' });
    await limits.getByLabel('Tokens a day').fill('20000');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'hidden' });
    await page.getByText('1 set').waitFor();
    await knowledge.getByRole('button', { name: 'Add a source' }).click();
    await knowledge.getByRole('button', { name: 'Database' }).click();
    await inspect('assistant-database');
    await knowledge.getByRole('button', { name: 'Cancel' }).click();
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
    // Which is slow: one channel, or a provider?
    const answers = page.getByRole('img', { name: /^First words to answer stored/ });
    const secondsOf = async (channel: string) => {
      await page.getByRole('button', { name: channel }).click();
      await answers.hover();
      return Number(/Median ([\d.]+) s/.exec((await answers.getAttribute('aria-label')) ?? '')?.[1]);
    };
    expect(await secondsOf('WhatsApp')).toBeGreaterThan(await secondsOf('SMS'));
    await page.getByRole('button', { name: 'Anthropic' }).click();
    await page.getByRole('img', { name: /^Call to answer/ }).waitFor();
    expect(await answers.count()).toBe(0);
    await page.getByRole('row', { name: /^Anthropic .* [1-9][\d.]* %/ }).waitFor();
    await page.getByRole('button', { name: 'Last day' }).click();
    await page.getByRole('button', { name: 'Last day', pressed: true }).waitFor();
    await page.getByRole('button', { name: 'Anthropic', pressed: true }).waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByRole('img', { name: /^Messages a minute/ }).waitFor();
    await page.getByRole('img', { name: /^Call p95 by provider/ }).waitFor();
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

describe.runIf(chromiumPath)('The page of an assistant', () => {
  let window: Window;
  let path: string;
  beforeAll(async () => {
    window = await openWindow(browser, gateway.url, { width: 1440, colorScheme: 'light' });
    const { id } = await assistants<{ id: string }>('/Assistants', { name: 'Workshop' });
    path = `/Assistants/${id}`;
    await window.page.goto(`/console/assistants/${id}`);
  });
  afterAll(() => window?.close());

  it('sets a limit that is read back, and says in words which one is none', async () => {
    const { page } = window;
    const limits = page.getByRole('group', { name: 'Limits' });
    await page.getByRole('heading', { name: 'Limits' }).click();
    await limits.getByLabel('Calls of the model').fill('60');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('limits.steps: ').waitFor();
    await limits.getByLabel('Calls of the model').fill('3');
    await limits.getByLabel('Tokens a session').fill('50000');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(await assistants(path)).toMatchObject({ limits: { steps: 3, tokens_per_session: 50_000 } });
    await page.reload();
    await page.getByRole('heading', { name: 'Limits' }).click();
    expect(await limits.getByLabel('Calls of the model').inputValue()).toBe('3');
    await limits.getByLabel('Calls of the model').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(await assistants(path)).toMatchObject({ limits: { tokens_per_session: 50_000 } });
    expect(await assistants(path)).not.toHaveProperty('limits.steps');
  });

  it('sets what is learnt of customers, and keeps the keys of Segment to itself', async () => {
    const { page } = window;
    const customers = page.getByRole('group', { name: 'Customers' });
    await page.getByRole('heading', { name: 'Customers' }).click();
    await customers.getByLabel('Learn lasting facts').check();
    await customers.getByLabel('Write key').fill('segment-write-key');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'hidden' });
    expect(await customers.getByLabel('Write key').inputValue()).toBe('');
    const { customer_ai } = await assistants<{ customer_ai: object }>(path);
    expect(customer_ai).toEqual({ perception_engine_enabled: true, personalization_engine_enabled: false });
    const kept = await gateway.db.query(sql`
      select 1 from assistants.assistant where segment_credential is not null and ${path} = '/Assistants/' || id`);
    expect(kept).toHaveLength(1);
  });

  it('adds a database of one’s own, and says why it cannot be asked; its password stays when the rest changes', async () => {
    const { page } = window;
    const knowledge = page.getByRole('region', { name: 'Knowledge' });
    const fill = (label: string, text: string) => knowledge.getByLabel(label, { exact: true }).fill(text);
    await knowledge.getByRole('button', { name: 'Add a source' }).click();
    await knowledge.getByRole('button', { name: 'Database' }).click();
    await fill('Name', 'Manuals');
    await fill('Host', '127.0.0.1');
    await fill('Port', '1');
    await fill('Name of the database', 'shop');
    await fill('Table', 'manual');
    await fill('User', 'reader');
    await fill('Password', 'hunter2');
    await knowledge.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('embedding_model: must not be empty').waitFor();
    await fill('Embedding model', 'openai/text-embedding-3-small');
    await knowledge.getByRole('button', { name: 'Add', exact: true }).click();
    await knowledge.getByText('Failed: A vector database is asked with vectors').waitFor();

    await knowledge.getByRole('button', { name: 'Edit Manuals' }).click();
    await knowledge.getByText('Stored encrypted. User: reader').waitFor();
    expect(await knowledge.getByLabel('Password').count()).toBe(0);
    await fill('Table', 'shop.manual');
    await knowledge.getByRole('button', { name: 'Save the source' }).click();
    await knowledge.getByRole('button', { name: 'Save the source' }).waitFor({ state: 'hidden' });
    const { knowledge: sources } = await assistants<{ knowledge: { id: string }[] }>(path);
    expect(sources).toMatchObject([
      {
        type: 'Database',
        embedding_model: 'openai/text-embedding-3-small',
        knowledge_source_details: { provider: 'postgresql', host: '127.0.0.1', port: 1, table: 'shop.manual' },
      },
    ]);
    expect(await assistants(`/Policies?KnowledgeId=${sources[0]?.id}`)).toMatchObject({
      policies: [{ type: 'basic', policy_details: { username: 'reader' } }],
    });
  });

  it('takes back what was taken away, until it is deleted', async () => {
    const { page } = window;
    const knowledge = page.getByRole('region', { name: 'Knowledge' });
    await knowledge.getByRole('button', { name: 'Remove Manuals' }).click();
    await knowledge.getByRole('button', { name: 'Add a source' }).click();
    await knowledge.getByText('Or take one that is there already').click();
    await knowledge.getByRole('button', { name: 'Take Manuals' }).click();
    await knowledge.getByRole('button', { name: 'Remove Manuals' }).click();
    await knowledge.getByRole('button', { name: 'Delete Manuals' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await knowledge.getByRole('button', { name: 'Delete Manuals' }).waitFor({ state: 'hidden' });
    const { knowledge: left } = await assistants<{ knowledge: { name: string }[] }>('/Knowledge?PageSize=100');
    expect(left.map(({ name }) => name)).not.toContain('Manuals');
  });

  it('gives a tool its authorization, and takes it away', async () => {
    const { page } = window;
    const tools = page.getByRole('region', { name: 'Tools' });
    await tools.getByRole('button', { name: 'Add a tool' }).click();
    await tools.getByRole('button', { name: 'MCP server' }).click();
    await tools.getByLabel('Name').fill('Workshop tools');
    await tools.getByLabel('Address of the server').fill('https://tools.example.com/mcp');
    await tools.getByLabel('Authorization').selectOption('Token or API key');
    await tools.getByLabel('Token', { exact: true }).fill('hunter2');
    await window.inspect('assistant-tool');
    await tools.getByRole('button', { name: 'Add', exact: true }).click();
    await tools.getByText('MCP server https://tools.example.com/mcp, authorized').waitFor();
    await tools.getByRole('button', { name: 'Edit Workshop tools' }).click();
    await tools.getByText('As stored: Token or API key').waitFor({ state: 'attached' });
    await tools.getByLabel('Authorization').selectOption('None');
    await tools.getByRole('button', { name: 'Save the tool' }).click();
    await tools.getByText('https://tools.example.com/mcp, authorized').waitFor({ state: 'hidden' });
    const { tools: kept } = await assistants<{ tools: object[] }>(path);
    expect(kept).toMatchObject([{ type: 'MCP', requires_auth: false }]);
  });

  it('complains about nothing but what was refused', () => {
    expect(window.complaints.filter((complaint) => !complaint.includes('status of 400'))).toEqual([]);
  });
});

/** The Assistants API, as the page asks it. */
async function assistants<Answer>(path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${gateway.url}/console/api/v1${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', 'x-tandem-console': '1' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Answer;
}

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
