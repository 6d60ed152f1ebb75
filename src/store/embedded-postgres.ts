import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import {
  type Cluster,
  createCluster,
  ensureRunning,
  makeSocketDirectory,
  removeSocketDirectory,
  type Server,
  stopServer,
} from './cluster.ts';
import { isConnectionTrouble } from './database.ts';
import { postgresCommands } from './postgres-commands.ts';

/** The running server, and the session whose advisory lock says that this process owns it. */
type Ownership = { server: Server; session: pg.Client };

const OWNER_LOCK = 7_261_001;
const LOCK_ATTEMPTS = 20;
const LOCK_PAUSE_MS = 100;

/**
 * Starts PostgreSQL inside the project, on `<dataDir>/postgres`, or adopts the server that a killed Tandem left
 * running there. It listens on a unix socket in a private directory only, so projects on one machine cannot clash.
 *
 * One live process owns a data folder: a second one gets an error that says whose it is. If the server dies under its
 * owner, it is started again behind the same URL.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = resolve(dataDir);
  const directory = join(folder, 'postgres');
  await requireAccess(folder, directory);
  const cluster: Cluster = { directory, log: join(folder, 'postgres.log'), commands: await postgresCommands() };
  await createCluster(cluster);

  const spare = await makeSocketDirectory();
  let owned: Ownership | undefined;
  let server: Server;
  try {
    owned = await takeOwnership(folder, cluster, spare);
    server = owned.server;
    await createDatabase(owned.session);
  } catch (error) {
    await owned?.session.end();
    throw error;
  } finally {
    // Not needed after an adoption or a failure; kept by the server that was started in it.
    await removeSocketDirectory(spare);
  }

  let stopping = false;
  let recovery = Promise.resolve();
  const watch = ({ session }: Ownership) => {
    session.once('end', () => {
      owned = undefined;
      if (!stopping) recovery = recover();
    });
  };
  async function recover(): Promise<void> {
    try {
      const recovered = await takeOwnership(folder, cluster, server.socketDirectory);
      if (recovered.server.socketDirectory !== server.socketDirectory) {
        await recovered.session.end();
        throw new Error(`Another Tandem process has meanwhile used ${folder}: restart this one.`);
      }
      owned = recovered;
      server = recovered.server;
      watch(recovered);
    } catch (error) {
      process.emitWarning(
        `The embedded PostgreSQL was lost and could not be started again. ${(error as Error).message}`,
      );
    }
  }
  watch(owned);

  return {
    url: urlOf(server, 'tandem'),
    async stop() {
      stopping = true;
      await recovery;
      if (!owned) return; // lost: whoever owns the server now will stop it
      const { session } = owned;
      // Gone before the lock is, so that it never names the next owner.
      await rm(ownerFile(folder), { force: true });
      await stopServer(cluster, server).finally(() => session.end());
    },
  };
}

function urlOf(server: Server, database: string): string {
  return `postgresql://postgres@/${database}?host=${encodeURIComponent(server.socketDirectory)}&port=${server.port}`;
}

/** Turns what file permissions forbid into a sentence, before PostgreSQL complains about it in its own way. */
async function requireAccess(folder: string, directory: string): Promise<void> {
  const other = 'run Tandem as its owner, or set DATA_DIR to another folder';
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`The data folder ${folder} cannot be used (${(cause as Error).message}): ${other}.`, { cause });
  }
  const user = process.getuid?.();
  const owner = await stat(directory).then(
    (found) => found.uid,
    () => user,
  );
  if (owner !== user) {
    throw new Error(
      `The database in ${directory} belongs to another user (${owner === 0 ? 'root' : owner}): ${other}.`,
    );
  }
}

/**
 * Takes the lock that at most one live process holds. It is tried for two seconds, because the session of an owner
 * that was just killed may need a moment to vanish, and each time from the start, because an owner that stops takes
 * the server along.
 */
async function takeOwnership(folder: string, cluster: Cluster, socketDirectory: string): Promise<Ownership> {
  let trouble: unknown;
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await pause(LOCK_PAUSE_MS);
    const server = await ensureRunning(cluster, socketDirectory);
    const session = new pg.Client({ connectionString: urlOf(server, 'postgres') });
    session.on('error', () => {}); // its end is what matters
    try {
      await session.connect();
      const { rows } = await session.query('select pg_try_advisory_lock($1) as locked', [OWNER_LOCK]);
      if (rows[0]?.locked) {
        await writeOwner(folder);
        return { server, session };
      }
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    await session.end().catch(() => {});
    if (trouble && !isConnectionTrouble(trouble)) break;
  }
  if (trouble) throw trouble;
  throw new Error(
    `The data folder ${folder} is in use by another Tandem process (${await readOwner(folder)}): stop it, or set DATA_DIR to another folder.`,
  );
}

async function createDatabase(session: pg.Client): Promise<void> {
  const { rowCount } = await session.query(`select from pg_database where datname = 'tandem'`);
  if (rowCount === 0) await session.query('create database tandem');
}

function ownerFile(folder: string): string {
  return join(folder, 'owner.json');
}

async function writeOwner(folder: string): Promise<void> {
  const draft = `${ownerFile(folder)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify({ pid: process.pid })}\n`);
  await rename(draft, ownerFile(folder));
}

/** For the message only: the lock decides. */
async function readOwner(folder: string): Promise<string> {
  try {
    const { pid } = JSON.parse(await readFile(ownerFile(folder), 'utf8')) as { pid?: unknown };
    return `pid ${Number(pid)}`;
  } catch {
    return 'pid unknown';
  }
}
