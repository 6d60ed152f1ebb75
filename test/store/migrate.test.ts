import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase, sql } from '../../src/store/database.ts';
import { migrate, pendingMigrations } from '../../src/store/migrate.ts';
import { freshDatabase } from '../support/postgres.ts';

let directory: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;

const open = (max?: number) => openDatabase(database.url, () => {}, max);
const write = (file: string, text: string) => writeFile(join(directory, file), text);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  database = await freshDatabase();
  db = open();
  // The clone is migrated already; these tests bring migrations of their own.
  await db.query(sql`drop table if exists public.tandem_migration`);
});

afterEach(async () => {
  await db.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

describe('migrate', () => {
  it('applies what is missing in the order of the numbers, and nothing twice', async () => {
    await write('0002-fill.sql', `insert into shelf values (1); insert into shelf values (2);`);
    await write('0001-shelf.sql', 'create table shelf (book int);');
    expect(await pendingMigrations(db, directory)).toEqual(['0001-shelf', '0002-fill']);
    expect(await migrate(db, directory)).toEqual(['0001-shelf', '0002-fill']);

    await write('0003-more.sql', 'insert into shelf values (3);');
    expect(await pendingMigrations(db, directory)).toEqual(['0003-more']);
    expect(await migrate(db, directory)).toEqual(['0003-more']);
    expect(await migrate(db, directory)).toEqual([]);

    expect(await pendingMigrations(db, directory)).toEqual([]);
    expect(await db.query(sql`select book from shelf order by book`)).toEqual([{ book: 1 }, { book: 2 }, { book: 3 }]);
    expect(await db.query(sql`select number, name from public.tandem_migration order by number`)).toEqual([
      { number: 1, name: '0001-shelf' },
      { number: 2, name: '0002-fill' },
      { number: 3, name: '0003-more' },
    ]);
  });

  it('applies each migration once when ten processes start together', async () => {
    await write('0001-shelf.sql', 'create table shelf (book int);');
    await write('0002-fill.sql', 'select pg_sleep(0.1); insert into shelf values (1);');
    const processes = Array.from({ length: 10 }, () => open(1));
    try {
      const applied = await Promise.all(processes.map((process) => migrate(process, directory)));
      expect(applied.flat().sort()).toEqual(['0001-shelf', '0002-fill']);
      expect(await db.query(sql`select book from shelf`)).toEqual([{ book: 1 }]);
    } finally {
      await Promise.all(processes.map((process) => process.close()));
    }
  });

  it('rolls back a migration that fails, keeps those before it, and applies it once it is mended', async () => {
    await write('0001-shelf.sql', 'create table shelf (book int);');
    await write('0002-fill.sql', 'insert into shelf values (1); insert into shelff values (2);');
    await expect(migrate(db, directory)).rejects.toThrow(
      'Migration 0002-fill failed and was rolled back: relation "shelff" does not exist',
    );
    expect(await db.query(sql`select book from shelf`)).toEqual([]);
    expect(await pendingMigrations(db, directory)).toEqual(['0002-fill']);

    await write('0002-fill.sql', 'insert into shelf values (1);');
    expect(await migrate(db, directory)).toEqual(['0002-fill']);
  });

  it('gives a migration longer than other statements may take', async () => {
    await write('0001-slow.sql', 'select pg_sleep(0.3);');
    const patient = open(1);
    await patient.query(sql`set statement_timeout = '100ms'`);
    try {
      expect(await migrate(patient, directory)).toEqual(['0001-slow']);
    } finally {
      await patient.close();
    }
  });

  it('refuses a database that a newer version has migrated, and leaves it as it is', async () => {
    await write('0001-shelf.sql', 'create table shelf (book int);');
    await migrate(db, directory);
    await db.query(sql`insert into public.tandem_migration (number, name) values (7, '0007-future')`);
    await write('0002-fill.sql', 'insert into shelf values (1);');
    await expect(migrate(db, directory)).rejects.toThrow(
      'The database has migration 7, and this version of Tandem knows none after 2: deploy the newer version.',
    );
    expect(await db.query(sql`select book from shelf`)).toEqual([]);
  });

  it.each(['1-shelf.sql', '0002-Fill.sql'])(
    'refuses a file named %s, which would otherwise be skipped in silence',
    async (file) => {
      await write(file, 'select 1;');
      await expect(migrate(db, directory)).rejects.toThrow(
        `${file} in ${directory} is not named like 0001-subject.sql.`,
      );
    },
  );

  it('refuses two files with one number', async () => {
    await write('0001-shelf.sql', 'select 1;');
    await write('0001-table.sql', 'select 1;');
    await expect(migrate(db, directory)).rejects.toThrow('Two migrations bear the number of 0001-table.');
  });
});

it('finds the real migrations beside the code, and a fresh database has them all', async () => {
  const another = await freshDatabase();
  const migrated = openDatabase(another.url, () => {});
  try {
    expect(await migrated.query(sql`select number from public.tandem_migration where number = 1`)).toHaveLength(1);
    expect(await pendingMigrations(migrated)).toEqual([]);
  } finally {
    await migrated.close();
    await another.drop();
  }
});
