import { createHash } from 'node:crypto';
import pg from 'pg';

/** A piece of SQL with its values. Build it with the `sql` tag; nested pieces splice in. */
export type Sql = { text: string; values: unknown[]; name: string };

/** Runs statements. Values arrive as `$n`, so nothing is ever interpolated into the text. */
export type Queryable = {
  query<Row = Record<string, unknown>>(statement: Sql): Promise<Row[]>;
};

export type Database = Queryable & {
  /** Runs `work` in one transaction on one connection; an exception rolls it back. */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  /** A connection of its own, outside the pool, for LISTEN and session locks. The caller ends it. */
  connect(): Promise<pg.Client>;
  pool: pg.Pool;
  close(): Promise<void>;
};

const plainTexts = new WeakMap<TemplateStringsArray, { text: string; name: string }>();

/**
 * Tags a statement: values become parameters, nested `sql` pieces splice in.
 * Each distinct text is prepared once per connection under a hash of it (a third of the cost of an unnamed statement).
 */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  if (!values.some(isSql)) {
    let plain = plainTexts.get(strings);
    if (!plain) {
      const text = strings.reduce((whole, part, index) => `${whole}$${index}${part}`);
      plain = { text, name: nameOf(text) };
      plainTexts.set(strings, plain);
    }
    return { ...plain, values };
  }
  const flat: unknown[] = [];
  const append = (parts: readonly string[], nested: unknown[]): string =>
    parts.reduce((whole, part, index) => {
      const value = nested[index - 1];
      if (isSql(value)) {
        const shifted = value.text.replace(/\$(\d+)/g, (_, n) => `$${Number(n) + flat.length}`);
        flat.push(...value.values);
        return whole + shifted + part;
      }
      flat.push(value);
      return `${whole}$${flat.length}${part}`;
    });
  const text = append(strings, values);
  return { text, values: flat, name: nameOf(text) };
}

function isSql(value: unknown): value is Sql {
  return typeof value === 'object' && value !== null && 'text' in value && 'values' in value && 'name' in value;
}

function nameOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url');
}

const INT8 = 20;

/**
 * How the server plans the statements of a pool. `by-index` is for the path of a message, where every statement finds a
 * few rows by their keys: a plan made while a table was small, and kept by a prepared statement, would go on reading the
 * whole table when it has grown.
 */
type Planning = 'as-usual' | 'by-index';

const planning: Record<Planning, string> = {
  'as-usual': '-c jit=off',
  'by-index': '-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off',
};

/** Opens a pool on a `postgresql://` URL (a unix socket as `?host=<dir>`). `onError` hears of idle connections that break. */
export function openDatabase(
  url: string,
  onError: (error: Error) => void,
  max = 10,
  plan: Planning = 'as-usual',
): Database {
  const config: pg.PoolConfig = {
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    options: planning[plan],
    keepAlive: true,
    types: {
      // Our bigints are counters far below 2^53.
      getTypeParser: ((oid: number, format: 'text' | 'binary') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  };
  const pool = new pg.Pool(config);
  pool.on('error', onError);

  const on = (client: { query(q: pg.QueryConfig): Promise<pg.QueryResult> }): Queryable => ({
    query: async <Row>(statement: Sql) => (await client.query(statement)).rows as Row[],
  });

  return {
    ...on(pool),
    pool,
    async transaction(work) {
      const client = await pool.connect();
      // The pool listens to its idle connections only: one that breaks while lent would end the process.
      client.on('error', onError);
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work(on(client));
        await client.query('commit');
        return result;
      } catch (error) {
        // A connection whose rollback fails is in an unknown state: the pool must not lend it again.
        await client.query('rollback').catch((failure: Error) => {
          broken = failure;
        });
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },
    async connect() {
      const client = new pg.Client({ ...config, statement_timeout: 0 } as pg.ClientConfig);
      client.on('error', onError);
      await client.connect();
      return client;
    },
    close: () => pool.end(),
  };
}

/** True when the server may be away or restarting: nothing is wrong with the statement, and it may succeed later. */
export function isConnectionTrouble(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return true; // pg reports a lost connection as a bare Error
  if (/^E[A-Z]{3,}$/.test(code)) return true; // ECONNREFUSED and friends
  if (!/^[0-9A-Z]{5}$/.test(code)) return false;
  return code.startsWith('08') || code.startsWith('57') || code.startsWith('53');
}
