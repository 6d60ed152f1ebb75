import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Database, type Queryable, sql } from './database.ts';

type Migration = { number: number; name: string; path: string };

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
const MIGRATION_LOCK = 7_261_002;

/**
 * Applies the numbered .sql files that the database does not have yet, each in a transaction of its own, and answers
 * their names. Any number of processes may call it at once: each file is applied by one of them.
 *
 * A database that is ahead of this code is refused: older code would write what the newer schema no longer expects.
 */
export async function migrate(db: Database, directory = MIGRATIONS): Promise<string[]> {
  const known = await readMigrations(directory);
  await refuseNewer(db, known);
  const applied: string[] = [];
  for (const migration of await pendingOf(db, known)) {
    if (await applyOnce(db, migration)) applied.push(migration.name);
  }
  return applied;
}

/** The names of the migrations that the database still lacks. Changes nothing. */
export async function pendingMigrations(db: Queryable, directory = MIGRATIONS): Promise<string[]> {
  const pending = await pendingOf(db, await readMigrations(directory));
  return pending.map((migration) => migration.name);
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  const migrations = files.map((file) => {
    const [, number, subject] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? [];
    if (!number || !subject) throw new Error(`${file} in ${directory} is not named like 0001-subject.sql.`);
    return { number: Number(number), name: `${number}-${subject}`, path: `${directory}/${file}` };
  });
  for (const [index, { number, name }] of migrations.entries()) {
    if (migrations[index - 1]?.number === number) throw new Error(`Two migrations bear the number of ${name}.`);
  }
  return migrations;
}

async function pendingOf(db: Queryable, known: Migration[]): Promise<Migration[]> {
  const applied = new Set(await appliedNumbers(db));
  return known.filter((migration) => !applied.has(migration.number));
}

async function appliedNumbers(db: Queryable): Promise<number[]> {
  const [table] = await db.query<{ exists: boolean }>(sql`
    select to_regclass('public.tandem_migration') is not null as exists`);
  if (!table?.exists) return [];
  const rows = await db.query<{ number: number }>(sql`select number from public.tandem_migration`);
  return rows.map((row) => row.number);
}

async function applyOnce(db: Database, { number, name, path }: Migration): Promise<boolean> {
  const text = await readFile(path, 'utf8');
  return db.transaction(async (tx) => {
    // Both the wait for a rival and a migration of a large table may take long.
    await tx.query(sql`set local statement_timeout = 0`);
    await tx.query(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await tx.query(sql`
      create table if not exists public.tandem_migration (
        number int primary key,
        name text not null,
        applied_at timestamptz not null default now()
      )`);
    const rows = await tx.query(sql`
      insert into public.tandem_migration (number, name) values (${number}, ${name})
      on conflict do nothing
      returning number`);
    if (rows.length === 0) return false;
    try {
      // Without a name and values it goes out as a simple query, which may hold many statements.
      await tx.query({ text, values: [], name: '' });
    } catch (cause) {
      throw new Error(`Migration ${name} failed and was rolled back: ${(cause as Error).message}`, { cause });
    }
    return true;
  });
}

/** Why a database is not for this code: a newer version has changed it. Undefined when it is. */
export async function tooNew(db: Queryable, directory = MIGRATIONS): Promise<string | undefined> {
  return refusal(db, await readMigrations(directory));
}

async function refusal(db: Queryable, known: Migration[]): Promise<string | undefined> {
  const newest = known.at(-1)?.number ?? 0;
  const found = Math.max(0, ...(await appliedNumbers(db)));
  return found > newest
    ? `The database has migration ${found}, and this version of Tandem knows none after ${newest}: deploy the newer version.`
    : undefined;
}

async function refuseNewer(db: Queryable, known: Migration[]): Promise<void> {
  const reason = await refusal(db, known);
  if (reason !== undefined) throw new Error(reason);
}
