import { isIP, type LookupFunction, Socket } from 'node:net';
import pg from 'pg';
import { isPrivate, PrivateAddressError, publicLookup } from '../../../http/outbound-guard.ts';
import { SourceProblem } from '../source-problem.ts';
import type { Credentials, Match, PostgresDetails } from './query-database.ts';

const LIMIT = 4_000;

/** Columns that are shown with what was found, where a table has them. */
const TITLE = ['title', 'name'];
const ADDRESS = ['url', 'source'];

/**
 * The nearest rows of a table, in a connection that can only read. The column of vectors may be pgvector's, or an array
 * of numbers.
 */
export async function queryPostgres(
  table: PostgresDetails,
  { vector, limit, credentials }: { vector: number[]; limit: number; credentials: Credentials },
  allowPrivate: boolean,
): Promise<Match[]> {
  const client = await connect(table, credentials, allowPrivate);
  try {
    await client.query('begin transaction read only');
    const columns = await columnsOf(client, table);
    const distance = distanceOf(columns, table);
    const shown = (names: string[]) => {
      const name = names.find((each) => columns.has(each));
      return name ? pg.escapeIdentifier(name) : 'null';
    };
    const content = pg.escapeIdentifier(table.content_column);
    const { rows } = await client.query<{
      id: string | null;
      content: string;
      title: string | null;
      url: string | null;
    }>(
      `select ${shown(['id'])}::text as id, ${content}::text as content, ${shown(TITLE)}::text as title, ${shown(ADDRESS)}::text as url
       from ${quoted(table.table)}
       where ${content} is not null and ${pg.escapeIdentifier(table.embedding_column)} is not null
       order by ${distance}
       limit $2`,
      [vectorText(vector, columns.get(table.embedding_column) as string), limit],
    );
    return rows.map(({ id, content: text, title, url }) => ({
      id: id ?? text.slice(0, 40),
      content: text,
      ...(title ? { title } : {}),
      ...(url ? { url } : {}),
    }));
  } catch (error) {
    if (error instanceof SourceProblem) throw error;
    const { code = '', message } = error as pg.DatabaseError;
    const passing = code === '57014' || code === '' || code.startsWith('08') || code.startsWith('53');
    throw new SourceProblem(`${table.host} could not answer: ${message}.${advice[code] ?? ''}`, {
      passing,
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

const advice: Record<string, string> = {
  '42501': ' Let the user of the policy read the table.',
  '57014': ' It takes too long: give the column of vectors an index.',
  '22000': ' Take the embedding model that made the vectors in the table.',
};

async function connect(table: PostgresDetails, { login }: Credentials, allowPrivate: boolean): Promise<pg.Client> {
  if (!login)
    throw new SourceProblem(
      'Give the knowledge a policy of the type basic, with the user and the password of the database.',
    );
  const { host } = table;
  if (!allowPrivate && (host.startsWith('/') || (isIP(host) && isPrivate(host)))) throw privateHost(host);
  const settings: pg.ClientConfig = {
    host,
    port: table.port,
    database: table.database,
    user: login.username,
    password: login.password,
    connectionTimeoutMillis: LIMIT,
    statement_timeout: LIMIT,
    query_timeout: LIMIT + 500,
    application_name: 'tandem',
    ...(allowPrivate ? {} : { stream: guardedSocket }),
  };
  try {
    return await open({ ...settings, ssl: !host.startsWith('/') });
  } catch (error) {
    // Without TLS only within one's own network.
    const hasNoTls = /does not support SSL/.test((error as Error).message);
    if (hasNoTls && allowPrivate) return open(settings).catch((cause) => Promise.reject(unreachable(host, cause)));
    throw unreachable(host, error);
  }
}

async function open(settings: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(settings);
  client.on('error', () => {}); // whoever waits for an answer is told
  await client.connect();
  return client;
}

/** Looks names up under the guard, at the moment of connecting. */
function guardedSocket(): Socket {
  const socket = new Socket();
  const connectTo = socket.connect.bind(socket);
  const guarded = (port: number, host: string) => connectTo({ port, host, lookup: publicLookup as LookupFunction });
  return Object.assign(socket, { connect: guarded });
}

const privateHost = (host: string) =>
  new SourceProblem(`${host} is in a private network, where Tandem reads nothing (ALLOW_PRIVATE_ADDRESSES).`);

function unreachable(host: string, cause: unknown): SourceProblem {
  if (cause instanceof PrivateAddressError) return privateHost(host);
  const { code = '', message } = cause as { code?: string; message: string };
  const passing = !code.startsWith('28') && !code.startsWith('3D');
  return new SourceProblem(`${host} cannot be reached: ${message}`, { passing, cause });
}

/** The columns of the table, with their types. */
async function columnsOf(client: pg.Client, { table }: PostgresDetails): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [quoted(table)],
  );
  if (rows.length === 0) throw new SourceProblem(`There is no table ${table} that the user of the policy can see.`);
  return new Map(rows.map(({ name, type }) => [name, type]));
}

function distanceOf(
  columns: Map<string, string>,
  { table, content_column, embedding_column }: PostgresDetails,
): string {
  for (const name of [content_column, embedding_column]) {
    if (!columns.has(name)) {
      throw new SourceProblem(`The table ${table} has no column ${name}. It has ${[...columns.keys()].join(', ')}.`);
    }
  }
  const type = columns.get(embedding_column) as string;
  const column = pg.escapeIdentifier(embedding_column);
  if (isVector(type)) return `${column} <=> $1::${type}`;
  if (['real[]', 'double precision[]', 'numeric[]'].includes(type)) {
    return `(select -sum(a * b) / nullif(sqrt(sum(a * a)), 0) from unnest(${column}::float8[], $1::float8[]) as pair (a, b)) nulls last`;
  }
  throw new SourceProblem(
    `The column ${embedding_column} is of the type ${type}: it has to be vector, halfvec or real[].`,
  );
}

/** pgvector's own types, in whatever schema it is installed. */
const isVector = (type: string) => /^(?:[\w"]+\.)?(?:half)?vec(?:tor)?$/.test(type);

const vectorText = (vector: number[], type: string) =>
  isVector(type) ? `[${vector.join(',')}]` : `{${vector.join(',')}}`;

/** `table`, or `schema.table`. */
const quoted = (name: string) =>
  name
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.');
