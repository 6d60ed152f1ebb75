import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../src/cli/import/api.ts';
import { bringIn } from '../../src/cli/import/bring-in.ts';
import { readOptions } from '../../src/cli/import/options.ts';
import { readFromFile, readFromServer } from '../../src/cli/import/source.ts';
import { HARBOUR, RIVAL, SECRET, type Service, startService } from '../assistants/support.ts';

/** One server with two accounts: what Rival has is imported into Harbour. */
let service: Service;
let server: Server;
let url: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-import-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  service = await startService();
  server = service.app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await service.stop();
});

const meta = { url: 'https://shop.example/orders', method: 'GET', input_schema: 'export type Data = { id: string }' };
const definition = {
  name: 'Harper',
  owner: 'Harbour Cycles',
  personality_prompt: 'Be kind.',
  customer_ai: { perception_engine_enabled: false, personalization_engine_enabled: true },
  model: 'twilio-default',
  tools: [
    { id: 'aia_tool_1', name: 'Find an order', type: 'WEBHOOK', enabled: true, description: 'Orders', meta },
    { name: 'Guarded', type: 'WEBHOOK', enabled: false, requires_auth: true, meta },
  ],
  knowledge: [
    { name: 'Hours', type: 'Text', description: 'When', knowledge_source_details: { content: 'We open at nine.' } },
    { name: 'Site', type: 'Web', knowledge_source_details: { source: 'https://shop.example', crawl_depth: 2 } },
    { name: 'Prices', type: 'File', knowledge_source_details: {} },
  ],
};

const api = () => createApi(url, HARBOUR, SECRET);
const write = async (content: unknown) => {
  const file = join(folder, 'assistants.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};
const importFile = async (content: unknown, isWritten = true) => {
  const lines: string[] = [];
  const outcome = await bringIn(api(), await readFromFile(await write(content)), isWritten, (line) => lines.push(line));
  return { ...outcome, lines };
};
const everything = async () => {
  const assistants = await readFromServer(api());
  const ids = (items: { id?: string }[]) => items.map(({ id }) => id);
  return { assistants, ids: assistants.map((one) => [one.id, ids(one.tools), ids(one.knowledge)]) };
};

describe('an import from a file', () => {
  it('creates assistants with their tools and knowledge, and says what is left to do', async () => {
    const { created, changed, failed, remarks, lines } = await importFile([definition]);
    expect({ created, changed, failed }).toEqual({ created: 5, changed: 0, failed: 0 });
    const { assistants } = await everything();
    expect(assistants).toMatchObject([
      {
        name: 'Harper',
        owner: 'Harbour Cycles',
        personality_prompt: 'Be kind.',
        customer_ai: definition.customer_ai,
        model: 'offline',
        tools: [
          { name: 'Find an order', description: 'Orders', meta },
          { name: 'Guarded', enabled: false },
        ],
        knowledge: [
          { name: 'Hours', type: 'Text', knowledge_source_details: { content: 'We open at nine.' } },
          { name: 'Site', type: 'Web', knowledge_source_details: { source: 'https://shop.example', crawl_depth: 2 } },
        ],
      },
    ]);
    expect(remarks).toEqual([
      expect.stringContaining('ran on twilio-default'),
      expect.stringContaining('Segment'),
      expect.stringContaining('tool Guarded: its authorisation'),
      expect.stringContaining('knowledge Prices: files'),
    ]);
    expect(lines[0]).toBe('1/1 Harper');
    expect(lines[1]).toContain('created');
  });

  it('changes what is there when it is repeated, and makes nothing twice', async () => {
    await importFile({ assistants: [definition] });
    const before = await everything();
    const other = { ...definition, personality_prompt: 'Be brief.' };
    const { created, changed } = await importFile({ assistants: [other] });
    expect({ created, changed }).toEqual({ created: 0, changed: 5 });
    const after = await everything();
    expect(after.ids).toEqual(before.ids);
    expect(after.assistants[0]?.personality_prompt).toBe('Be brief.');
    for (const path of ['Tools', 'Knowledge']) {
      const { body } = await service.call('get', `/v1/${path}`).expect(200);
      expect(Object.values(body as Record<string, unknown[]>)[0]).toHaveLength(2);
    }
  });

  it('keeps apart what bears the same name, and together what is shared', async () => {
    const [tool] = definition.tools;
    const twins = { ...definition, knowledge: [], tools: [tool, { ...tool, id: 'aia_tool_2', description: 'Other' }] };
    const list = [twins, { ...twins, owner: 'Another', tools: [tool] }];
    for (const created of [4, 0]) expect(await importFile(list)).toMatchObject({ created, failed: 0 });
    const { assistants } = await everything();
    expect(assistants.map(({ name, owner }) => [name, owner])).toEqual([
      ['Harper', 'Harbour Cycles'],
      ['Harper', 'Another'],
    ]);
    expect(assistants[0]?.tools.map(({ description }) => description)).toEqual(['Orders', 'Other']);
    expect(assistants[1]?.tools[0]?.id).toBe(assistants[0]?.tools[0]?.id);
  });

  it('writes nothing when it is only to tell', async () => {
    const dry = await importFile(definition, false);
    expect(dry).toMatchObject({ created: 5, changed: 0, failed: 0 });
    expect(dry.lines.join('\n')).toContain('would be created');
    expect((await everything()).assistants).toEqual([]);
    await importFile(definition);
    const again = await importFile({ ...definition, owner: 'Other' }, false);
    expect(again).toMatchObject({ created: 0, changed: 5 });
    expect((await everything()).assistants[0]?.owner).toBe('Harbour Cycles');
  });

  it('goes on after what is refused, and says why', async () => {
    const bad = {
      ...definition.tools[0],
      name: 'Bad',
      meta: { ...meta, input_schema: 'export type Data = { at: Date }' },
    };
    const { created, failed, lines } = await importFile([
      { name: 'x'.repeat(31) },
      { ...definition, tools: [bad, ...definition.tools] },
    ]);
    expect({ created, failed }).toEqual({ created: 5, failed: 2 });
    expect(lines.join('\n')).toMatch(/name: has 31 characters/);
    expect(lines.join('\n')).toMatch(/Bad \(of Harper\): .*meta\.input_schema: /);
  });

  it.each([
    ['{', 'is no JSON'],
    ['7', 'holds no assistants'],
    [[{ owner: 'x' }], 'assistant 1: name: '],
    [{ assistants: [definition, { name: 'B', tools: [{}] }] }, 'assistant 2: tools.0.name: '],
  ])('that cannot be read is refused before anything is written: %#', async (content, about) => {
    await expect(importFile(content)).rejects.toThrow(about);
    expect((await everything()).assistants).toEqual([]);
  });
});

describe('an import from a server', () => {
  it('reads lists over all their pages', async () => {
    await Promise.all(Array.from({ length: 101 }, (_, index) => service.createAssistant({ name: `N${index}` })));
    const names = (await api().list<{ name: string }>('/v1/Assistants', 'assistants')).map(({ name }) => name);
    expect(new Set(names).size).toBe(101);
  });

  it('brings everything that an account has', async () => {
    for (let count = 0; count < 3; count += 1) {
      const id = await service.createAssistant({ name: `Number ${count}`, owner: 'Rival' }, RIVAL);
      const tool = { name: 'Tool', type: 'WEBHOOK', enabled: true, meta, assistant_id: id };
      const policy = { type: 'bearer', policy_details: { token: 'hidden' } };
      await service.call('post', '/v1/Tools', count ? tool : { ...tool, policy }, RIVAL).expect(201);
    }
    const source = await readFromServer(createApi(url, RIVAL, SECRET));
    const { created, failed, remarks } = await bringIn(api(), source, true, () => {});
    expect({ created, failed }).toEqual({ created: 6, failed: 0 });
    const { assistants } = await everything();
    expect(assistants.map(({ name, tools }) => [name, tools.length])).toEqual([
      ['Number 0', 1],
      ['Number 1', 1],
      ['Number 2', 1],
    ]);
    expect(remarks).toEqual([expect.stringContaining('Number 0, tool Tool: its authorisation')]);
  });

  it.each([
    ['a refused token', () => createApi(url, RIVAL, 'wrong'), 'HTTP 401'],
    ['a server that is not there', () => createApi('http://127.0.0.1:1', RIVAL, SECRET), 'cannot be reached'],
    ['a server of another kind', () => createApi(`${url}/elsewhere`, RIVAL, SECRET), 'HTTP 404'],
  ])('says what is wrong with %s', async (_what, source, about) => {
    await expect(readFromServer(source())).rejects.toThrow(about);
  });
});

describe('the command', () => {
  it('imports, and tells by its exit code whether all of it went well', async () => {
    const env = {
      PATH: process.env.PATH,
      TWILIO_ACCOUNT_SID: HARBOUR,
      TWILIO_AUTH_TOKEN: SECRET,
      ADMIN_TOKEN: 'x'.repeat(16),
      SECRETS_KEY: '0'.repeat(64),
    };
    const run = (...args: string[]) =>
      new Promise<{ code: number | null; output: string }>((resolve) => {
        const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/tandem.ts', 'import', ...args], { env });
        let output = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (chunk) => {
            output += chunk;
          });
        }
        child.on('close', (code) => resolve({ code, output }));
      });
    const done = await run(await write(definition), '--to', url);
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining('5 created, 0 changed, 0 refused.') });
    const partly = await run(await write([{ name: '' }]), '--to', url);
    expect(partly).toMatchObject({ code: 1, output: expect.stringContaining('1 refused.') });
    expect(await run('none.json')).toMatchObject({ code: 2, output: expect.stringContaining('none.json') });
  });

  it.each([
    [[], 'Name one file'],
    [['a.json', 'b.json'], 'Name one file'],
    [['a.json', '--from', 'https://x.test'], 'Name one file'],
    [['--from', 'https://x.test'], 'SOURCE_ACCOUNT_SID'],
    [['a.json', '--to', 'x'], '--to x is not a URL'],
    [['a.json', '--force'], '--force'],
  ])('says how it is used: %#', (args, about) => {
    expect(() => readOptions(args, {})).toThrow(about);
  });
});
