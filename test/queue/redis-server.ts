import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';

/** What stops or flushes a Redis needs one of its own, and is skipped where there is no redis-server on the PATH. */
export const hasRedisServer = spawnSync('redis-server', ['--version']).error === undefined;
export const redisName = hasRedisServer ? 'Redis' : 'Redis (skipped: there is no redis-server on the PATH)';

export type RedisServer = { url: string; start(): Promise<void>; stop(): Promise<void>; flush(): Promise<void> };

/** A Redis of one's own, to stop and to flush, which keeps nothing over a restart. */
export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const server: RedisServer = {
    url,
    async start() {
      const settings = ['--bind', '127.0.0.1', '--port', String(port), '--dir', tmpdir(), '--save', ''];
      const started = spawn('redis-server', [...settings, '--maxmemory-policy', 'noeviction'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        let output = '';
        started.stdout.on('data', (chunk) => {
          output += chunk;
          if (output.includes('Ready to accept connections')) resolve();
        });
        started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${output}`)));
      });
    },
    async stop() {
      if (!child || child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
      child = undefined;
    },
    async flush() {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
  };
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
