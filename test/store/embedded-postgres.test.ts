import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';

const NOBODY = 65534;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
const canBeNobody =
  isRoot &&
  spawnSync(process.execPath, ['-e', `require('fs').accessSync('${ROOT}/package.json')`], { uid: NOBODY, gid: NOBODY })
    .status === 0;

let base: string;
let dataDir: string;
const children: ChildProcess[] = [];
const dataDirs: string[] = [];

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'embedded-'));
  vi.stubEnv('TMPDIR', base); // the sockets of killed servers stay where they are: let them go with the rest
  dataDir = folder('data');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const child of children.splice(0)) if (child.kill('SIGKILL')) await gone(child);
  for (const dir of dataDirs.splice(0)) {
    const pid = await serverPid(dir);
    if (pid) await killServer(pid);
  }
  await rm(base, { recursive: true, maxRetries: 5 });
});

function folder(name: string): string {
  dataDirs.push(join(base, name));
  return join(base, name);
}

type Owner = { child: ChildProcess; url: string; error: string };

/** Starts another process on the folder and waits for what it says. */
async function own(dir: string, options: { uid?: number; env?: NodeJS.ProcessEnv } = {}): Promise<Owner> {
  const child = launch(dir, options);
  const [line] = await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line');
  return { child, url: '', error: '', ...JSON.parse(line) };
}

function launch(dir: string, { uid, env = process.env }: { uid?: number; env?: NodeJS.ProcessEnv } = {}): ChildProcess {
  const script = fileURLToPath(new URL('own-data-folder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dir], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid && { uid, gid: uid }),
  });
  children.push(child);
  return child;
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await gone(child);
}

async function serverPid(dir: string): Promise<number | undefined> {
  const text = await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  return Number(text.split('\n')[0]) || undefined;
}

async function killServer(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually(async () => !(await isRunning(pid)));
}

/** A zombie does not count: whether someone collects it is the machine's business. */
async function isRunning(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return state !== undefined && !/\) Z /.test(state);
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(20);
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const store = (url: string) => query(url, `create table shelf as select 'kept' as book`);
const stored = (url: string) => query(url, 'select book from shelf');
const socketDirectory = (url: string) => decodeURIComponent(/host=([^&]+)/.exec(url)?.[1] ?? '');

describe('embedded PostgreSQL', () => {
  it('keeps its data over stop and start, and leaves no process and no socket behind', async () => {
    const first = await startEmbeddedPostgres(dataDir);
    expect(first.url).toMatch(/^postgresql:\/\/postgres@\/tandem\?host=[^&]+&port=5432$/);
    await store(first.url);
    const pid = (await serverPid(dataDir)) as number;
    expect((await stat(socketDirectory(first.url))).mode & 0o777).toBe(0o700);
    expect(await query(first.url, 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
    await first.stop();
    expect(await isRunning(pid)).toBe(false);
    await expect(stat(socketDirectory(first.url))).rejects.toThrow('ENOENT');

    const second = await startEmbeddedPostgres(dataDir);
    expect(await stored(second.url)).toEqual([{ book: 'kept' }]);
    await second.stop();
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('ends its process by itself after a stop on SIGTERM', async () => {
    const { child } = await own(dataDir);
    child.kill('SIGTERM');
    await gone(child);
    expect(child.exitCode).toBe(0);
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  it('adopts the server that a killed owner left running', async () => {
    const killed = await own(dataDir);
    await store(killed.url);
    const pid = (await serverPid(dataDir)) as number;
    await kill(killed.child);

    const { url, stop } = await startEmbeddedPostgres(dataDir);
    expect(await serverPid(dataDir)).toBe(pid);
    expect(await stored(url)).toEqual([{ book: 'kept' }]);
    await stop();
    expect(await isRunning(pid)).toBe(false);
  });

  it('recovers what was committed when owner and server were killed', async () => {
    const killed = await own(dataDir);
    await store(killed.url);
    const pid = (await serverPid(dataDir)) as number;
    await kill(killed.child);
    await killServer(pid);

    const { url, stop } = await startEmbeddedPostgres(dataDir);
    expect(await stored(url)).toEqual([{ book: 'kept' }]);
    await stop();
  });

  it('starts a killed server again under its living owner, behind the same URL', async () => {
    const { url, stop } = await startEmbeddedPostgres(dataDir);
    await store(url);
    await killServer((await serverPid(dataDir)) as number);
    await eventually(() =>
      query(url, 'select 1').then(
        () => true,
        () => false,
      ),
    );
    expect(await stored(url)).toEqual([{ book: 'kept' }]);

    const rival = await own(dataDir);
    expect(rival.error).toContain('is in use by another Tandem process');
    await stop();
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  it('starts although the pid of a killed server now belongs to another process', async () => {
    const killed = await own(dataDir);
    await store(killed.url);
    const pid = (await serverPid(dataDir)) as number;
    await kill(killed.child);
    await killServer(pid);
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(/^\d+/, String(process.pid)));

    const { url, stop } = await startEmbeddedPostgres(dataDir);
    expect(await stored(url)).toEqual([{ book: 'kept' }]);
    await stop();
  });

  it('starts after a kill in the middle of initdb, and clears away what that left', async () => {
    const child = launch(dataDir);
    const entries = (path: string) => readdir(path).catch((): string[] => []);
    await eventually(async () => {
      const draft = (await entries(dataDir)).find((name) => /^postgres\.\d/.test(name));
      return draft !== undefined && (await entries(join(dataDir, draft))).includes('PG_VERSION');
    });
    await kill(child);
    expect(await readdir(dataDir)).not.toContain('postgres');

    const { url, stop } = await startEmbeddedPostgres(dataDir);
    expect(await query(url, 'select current_database()')).toEqual([{ current_database: 'tandem' }]);
    await stop();
    expect((await entries(dataDir)).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('lets one of two that start at once on a fresh folder win, and tells the other whose it is', async () => {
    const [a, b] = await Promise.all([own(dataDir), own(dataDir)]);
    const [winner, loser] = a.url ? [a, b] : [b, a];
    expect(loser.url).toBe('');
    expect(loser.error).toBe(
      `The data folder ${dataDir} is in use by another Tandem process (pid ${winner.child.pid}): stop it, or set DATA_DIR to another folder.`,
    );
    await gone(loser.child);
    expect(await query(winner.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    winner.child.kill('SIGTERM');
    await gone(winner.child);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('hands the folder over to a process that starts while its owner stops', async () => {
    const first = await startEmbeddedPostgres(dataDir);
    await store(first.url);
    const [second] = await Promise.all([startEmbeddedPostgres(dataDir), first.stop()]);
    expect(await stored(second.url)).toEqual([{ book: 'kept' }]);
    await second.stop();
  });

  it('runs for two folders side by side', async () => {
    const [a, b] = await Promise.all([startEmbeddedPostgres(dataDir), startEmbeddedPostgres(folder('other'))]);
    await store(a.url);
    await expect(stored(b.url)).rejects.toThrow('relation "shelf" does not exist');
    await a.stop();
    expect(await query(b.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await b.stop();
  });

  it('works where the temporary directory is too deep for a socket, and in folders with spaces', async () => {
    const deep = join(base, 'deep-'.repeat(20));
    await mkdir(deep);
    const owner = await own(folder('my data'), { env: { ...process.env, TMPDIR: deep } });
    expect(owner.error).toBe('');
    expect(await query(owner.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    owner.child.kill('SIGTERM');
    await gone(owner.child);
  });

  it('says so when the data folder is no folder', async () => {
    await writeFile(dataDir, '');
    await expect(startEmbeddedPostgres(dataDir)).rejects.toThrow(`The data folder ${dataDir} cannot be used (EEXIST`);
  });

  it('shows the end of the log when the server does not start', async () => {
    const { stop } = await startEmbeddedPostgres(dataDir);
    await stop();
    await writeFile(join(dataDir, 'postgres', 'postgresql.conf'), 'no_such_setting = 1\n');
    await expect(startEmbeddedPostgres(dataDir)).rejects.toThrow(
      'unrecognized configuration parameter "no_such_setting"',
    );
  });
});

describe.runIf(canBeNobody)('embedded PostgreSQL between root and a plain user', () => {
  beforeEach(() => chmod(base, 0o1777));

  it('works for a plain user, also after a kill', async () => {
    await mkdir(dataDir);
    await chown(dataDir, NOBODY, NOBODY);
    const killed = await own(dataDir, { uid: NOBODY });
    expect(killed.error).toBe('');
    await store(killed.url);
    await kill(killed.child);
    const second = await own(dataDir, { uid: NOBODY });
    expect(await stored(second.url)).toEqual([{ book: 'kept' }]);
    second.child.kill('SIGTERM');
    await gone(second.child);
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  it('tells a plain user that the folder is root’s', async () => {
    const { stop } = await startEmbeddedPostgres(dataDir);
    await stop();
    expect((await own(dataDir, { uid: NOBODY })).error).toContain(`The data folder ${dataDir} cannot be used (EACCES`);
    await chmod(dataDir, 0o777);
    expect((await own(dataDir, { uid: NOBODY })).error).toBe(
      `The database in ${dataDir}/postgres belongs to another user (root): run Tandem as its owner, or set DATA_DIR to another folder.`,
    );
  });

  it('tells root that the folder is another user’s', async () => {
    await mkdir(dataDir);
    await chown(dataDir, NOBODY, NOBODY);
    const { child } = await own(dataDir, { uid: NOBODY });
    child.kill('SIGTERM');
    await gone(child);
    await expect(startEmbeddedPostgres(dataDir)).rejects.toThrow(`belongs to another user (${NOBODY})`);
  });

  it('tells root to run as a normal user where namespaces are forbidden', async () => {
    const bin = join(base, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'unshare'), '#!/bin/sh\necho "unshare failed: Operation not permitted" >&2\nexit 1\n');
    await chmod(join(bin, 'unshare'), 0o755);
    const { error } = await own(dataDir, { env: { ...process.env, PATH: bin } });
    expect(error).toBe(
      'PostgreSQL does not run as root, and this machine forbids the user namespace that would help: run Tandem as a normal user, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  });
});

if (!canBeNobody) console.log('Not root, or nobody cannot read this folder: the tests between two users are skipped.');
