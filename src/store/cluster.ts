import { mkdtemp, readdir, readFile, readlink, realpath, rename, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresCommands } from './postgres-commands.ts';

/** One PostgreSQL data directory and the log of its server. */
export type Cluster = { directory: string; log: string; commands: PostgresCommands };

/** A server that accepts connections, as its own pid file describes it. */
export type Server = { pid: number; port: number; socketDirectory: string };

const START_ATTEMPTS = 20;
const STOP_MS = 30_000;
const POLL_MS = 50;

/**
 * Creates the cluster unless it is there. It is made beside its place and then renamed: a kill during initdb would
 * otherwise leave a directory that looks ready and never starts.
 */
export async function createCluster({ directory, commands }: Cluster): Promise<void> {
  if (await isInitialised(directory)) return;
  await removeAbandonedDrafts(directory);
  const draft = await mkdtemp(`${directory}.${process.pid}-`);
  try {
    await commands.initdb(['-D', draft, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8']);
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // The rename fails when a rival was first, and its cluster is as good as ours.
    if (!(await isInitialised(directory))) throw error;
  }
}

function isInitialised(directory: string): Promise<boolean> {
  return readFile(join(directory, 'PG_VERSION')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function removeAbandonedDrafts(directory: string): Promise<void> {
  for (const name of await readdir(dirname(directory))) {
    const [, prefix, pid] = /^(.+)\.(\d+)-\w{6}$/.exec(name) ?? [];
    if (prefix !== basename(directory) || isAlive(Number(pid))) continue;
    // The orphaned initdb may still be writing into it for a moment.
    await rm(join(dirname(directory), name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** An empty private directory for the socket of a server: who can enter it, may connect. */
export function makeSocketDirectory(): Promise<string> {
  const preferred = tmpdir();
  // A socket's path holds at most 107 bytes (103 on macOS), and this one passes through a shell and a comma list.
  const fits = join(preferred, 'tandem-XXXXXX', '.s.PGSQL.5432').length <= 103 && /^[\w./-]+$/.test(preferred);
  return mkdtemp(join(fits ? preferred : '/tmp', 'tandem-'));
}

/** Removes it only if nothing is in it: a server that uses it keeps it. */
export async function removeSocketDirectory(socketDirectory: string): Promise<void> {
  await rmdir(socketDirectory).catch(() => {});
}

/**
 * The running server of the cluster, adopted with whatever socket it has, or else started with its socket in
 * `socketDirectory`. Returns once it accepts connections.
 */
export async function ensureRunning(cluster: Cluster, socketDirectory: string): Promise<Server> {
  for (let failures = 0; ; ) {
    const server = await readServer(cluster.directory);
    if (server?.ready) return server;
    if (!server) {
      try {
        await start(cluster, socketDirectory);
        continue;
      } catch (error) {
        // A rival may have won, or the processes of a killed server are still on their way out.
        failures += 1;
        if (failures === START_ATTEMPTS) throw await explained(error as Error, cluster);
      }
    }
    await pause(POLL_MS);
  }
}

async function start({ directory, log, commands }: Cluster, socketDirectory: string): Promise<void> {
  const settings = `-c listen_addresses= -c port=5432 -c unix_socket_directories=${socketDirectory} -c jit=off`;
  await commands.pgCtl(['start', '-w', '-D', directory, '-l', log, '-o', settings]);
}

async function explained(error: Error, { directory, log }: Cluster): Promise<Error> {
  const lines = await readFile(log, 'utf8').catch(() => '');
  const end = lines.trimEnd().split('\n').slice(-5).join('\n');
  return new Error(`PostgreSQL did not start on ${directory}. ${error.message}\nThe end of ${log}:\n${end}`, {
    cause: error,
  });
}

/** Stops this very server, and returns when it is gone, even if a rival starts the next one in the same moment. */
export async function stopServer({ directory, commands }: Cluster, server: Server): Promise<void> {
  await commands.pgCtl(['stop', '-m', 'fast', '-W', '-D', directory]);
  for (const giveUpAt = Date.now() + STOP_MS; (await readServer(directory))?.pid === server.pid; ) {
    if (Date.now() > giveUpAt) throw new Error(`PostgreSQL on ${directory} (pid ${server.pid}) did not stop in time.`);
    await pause(POLL_MS);
  }
  await removeSocketDirectory(server.socketDirectory);
}

/** Reads `postmaster.pid`: line 1 is the pid, 4 the port, 5 the socket directory, 8 the status. */
async function readServer(directory: string): Promise<(Server & { ready: boolean }) | undefined> {
  const pidFile = join(directory, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!pid || !isAlive(pid)) return undefined;
  if (!(await isPostmaster(pid, directory))) {
    // Left by a killed server whose pid another process bears now (usual in containers): PostgreSQL would not start.
    await rm(pidFile, { force: true });
    return undefined;
  }
  return { pid, port: Number(lines[3]), socketDirectory: lines[4] ?? '', ready: lines[7] === 'ready' };
}

/** A postmaster works in its data directory. Where that cannot be seen, a living pid has to do. */
async function isPostmaster(pid: number, directory: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const [workingDirectory, expected] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => undefined), // a zombie has none
    realpath(directory),
  ]);
  return workingDirectory === expected;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
