import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/store/database.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The database to connect to for creating others. Holds nothing else. */
    postgresUrl: string;
    /** A migrated database without connections, to clone. */
    templateDatabase: string;
    /** Null where there is no Redis: the tests that need it are skipped. */
    redisUrl: string | null;
    /** How many logical databases it has. */
    redisDatabases: number;
  }
}

const TEMPLATE = 'tandem_template';
const OWN_DATABASES = 64;
const USUAL_DATABASES = 16;

/** Starts the servers that one run of the tests shares, and stops them at its end. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'tandem-test-'));
  const data = join(directory, 'data');
  const first = await startEmbeddedPostgres(data);
  await prepareTemplate(first.url);
  await first.stop(); // some of the settings take a restart
  const postgres = await startEmbeddedPostgres(data);
  project.provide('postgresUrl', postgres.url);
  project.provide('templateDatabase', TEMPLATE);

  const redis = process.env.REDIS_URL ? { url: process.env.REDIS_URL } : await startRedis(directory);
  if (!redis) console.log('There is no REDIS_URL and no redis-server on the PATH: the Redis half is skipped.');
  project.provide('redisUrl', redis?.url ?? null);
  project.provide('redisDatabases', redis && 'stop' in redis ? OWN_DATABASES : USUAL_DATABASES);

  return async () => {
    if (redis && 'stop' in redis) await redis.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

async function prepareTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // What these tests store need not survive a power cut.
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    await client.query(`alter system set ${setting} = off`);
  }
  // A dozen gateways run at the same time, each with its pools; one that is refused a connection answers 503.
  await client.query('alter system set max_connections = 500');
  await client.query(`create database ${TEMPLATE}`);
  await client.end();

  const db = openDatabase(url.replace('/tandem?', `/${TEMPLATE}?`), (error) => console.error(error));
  await migrate(db);
  await db.close();
}

async function startRedis(directory: string): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  const port = await freePort();
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--dir',
    directory,
    '--save',
    '',
    '--databases',
    String(OWN_DATABASES),
  ];
  const child = spawn('redis-server', [...settings, '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!(await isReady(child))) return undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** False when there is no such program; an early exit is an error. */
function isReady(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(false) : reject(error)));
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ready to accept connections')) resolve(true);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
