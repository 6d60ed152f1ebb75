import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cluster,
  createCluster,
  ensureRunning,
  makeSocketDirectory,
  stopServer,
} from '../../src/store/cluster.ts';
import { postgresCommands } from '../../src/store/postgres-commands.ts';

/** A PostgreSQL of one's own, to be restarted: `fast` breaks every connection off, `immediate` is like a power cut. */
export async function startOwnPostgres() {
  const directory = await mkdtemp(join(tmpdir(), 'tandem-postgres-'));
  const commands = await postgresCommands();
  const cluster: Cluster = { directory: join(directory, 'data'), log: join(directory, 'log'), commands };
  await createCluster(cluster);
  const { socketDirectory, port } = await ensureRunning(cluster, await makeSocketDirectory());
  return {
    url: `postgresql://postgres@/postgres?host=${encodeURIComponent(socketDirectory)}&port=${port}`,
    restart: (mode: 'fast' | 'immediate') =>
      commands.pgCtl(['restart', '-w', '-m', mode, '-D', cluster.directory, '-l', cluster.log]),
    async stop() {
      await stopServer(cluster, await ensureRunning(cluster, socketDirectory));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
