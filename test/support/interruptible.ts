import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';

/** A way to PostgreSQL over TCP that a test can cut, freeze and mend. */
export function interruptible() {
  const pairs = new Set<[Socket, Socket]>();
  let state: 'open' | 'cut' | 'frozen' = 'open';

  function lead(target: { host: string; port: number }): Server {
    return createServer((near) => {
      if (state === 'cut') return void near.destroy();
      const far = createConnection(
        target.host.startsWith('/') ? { path: `${target.host}/.s.PGSQL.${target.port}` } : target,
      );
      const pair: [Socket, Socket] = [near, far];
      pairs.add(pair);
      for (const [one, other] of [pair, [far, near]] as [Socket, Socket][]) {
        one.on('data', (chunk) => state !== 'frozen' && other.write(chunk));
        one.on('error', () => other.destroy());
        one.on('close', () => {
          pairs.delete(pair);
          other.destroy();
        });
      }
    });
  }

  return {
    /** For `databaseUrl` of the surroundings. */
    async url(direct: string): Promise<string> {
      const { host, port, user, password, database } = new pg.Client({ connectionString: direct });
      const server = lead({ host, port });
      await new Promise<void>((resolve) => server.unref().listen(0, '127.0.0.1', resolve));
      const { port: own } = server.address() as AddressInfo;
      const who = `${user}${password ? `:${encodeURIComponent(password)}` : ''}`;
      return `postgresql://${who}@127.0.0.1:${own}/${database}`;
    },
    /** Breaks every connection and lets no new one through. */
    cut(): void {
      state = 'cut';
      breakAll();
    },
    /** Connections stay, and nothing comes through. */
    freeze(): void {
      state = 'frozen';
    },
    mend(): void {
      // What was lost in between cannot be made up for.
      if (state === 'frozen') breakAll();
      state = 'open';
    },
  };

  function breakAll(): void {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  }
}
