import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, isConnectionTrouble, openDatabase, type Sql, sql } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url, () => {});
  await db.query(sql`create table shelf (book text primary key)`);
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

describe('the sql tag', () => {
  it('numbers values through nested pieces, at any depth', () => {
    const range = sql`created between ${1} and ${2}`;
    const either = sql`(owner = ${'ann'} or ${range})`;
    const statement = sql`select * from t where id = ${'x'} and ${either} and ${range} limit ${10}`;
    expect(statement.text).toBe(
      'select * from t where id = $1 and (owner = $2 or created between $3 and $4) and created between $5 and $6 limit $7',
    );
    expect(statement.values).toEqual(['x', 'ann', 1, 2, 1, 2, 10]);
  });

  it('renumbers past the ninth value', async () => {
    const list = (from: number): Sql => {
      const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map((n) => from + n);
      return sql`(${a}::int, ${b}::int, ${c}::int, ${d}::int, ${e}::int, ${f}::int)`;
    };
    const rows = await db.query(
      sql`select * from (values ${list(1)}, ${list(7)}, ${list(13)}) as t (a, b, c, d, e, f)`,
    );
    expect(rows).toEqual([
      { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 },
      { a: 7, b: 8, c: 9, d: 10, e: 11, f: 12 },
      { a: 13, b: 14, c: 15, d: 16, e: 17, f: 18 },
    ]);
  });

  it('never puts a value into the text, and brings it back unchanged', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(`'; drop table shelf; --`, '$1', '$2', `\\'`, '"'),
    );
    const storable = text.filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(storable, storable, async (a, b) => {
        const inner = sql`${b}::text as b`;
        const statement = sql`select ${a}::text as a, ${inner}`;
        expect(statement.text).toBe('select $1::text as a, $2::text as b');
        expect(await db.query(statement)).toEqual([{ a, b }]);
      }),
    );
  });

  it('names equal texts equally and different texts differently, so that each is prepared once', () => {
    const find = (id: number) => sql`select ${id}::int`;
    expect(find(1).name).toBe(find(2).name);
    expect(sql`select ${sql`${1}::int`}`.name).toBe(find(1).name);
    expect(sql`select ${1}::bigint`.name).not.toBe(find(1).name);
    expect(find(1).name.length).toBeLessThan(64); // PostgreSQL cuts longer names
  });
});

describe('a transaction', () => {
  const books = async () => (await db.query<{ book: string }>(sql`select book from shelf`)).map((row) => row.book);

  it('answers what its work answers, and keeps what it wrote', async () => {
    const rows = await db.transaction((tx) => tx.query(sql`insert into shelf values ('kept') returning book`));
    expect(rows).toEqual([{ book: 'kept' }]);
    expect(await books()).toContain('kept');
  });

  it('leaves nothing behind after an exception, and hands that exception on', async () => {
    const mishap = new Error('mishap');
    await expect(
      db.transaction(async (tx) => {
        await tx.query(sql`insert into shelf values ('lost')`);
        throw mishap;
      }),
    ).rejects.toBe(mishap);
    expect(await books()).not.toContain('lost');
  });

  it('gives its connection back to the pool, usable, after a failed statement', async () => {
    const single = openDatabase(database.url, () => {}, 1);
    try {
      const twice = single.transaction(async (tx) => {
        await tx.query(sql`insert into shelf values ('twice')`);
        await tx.query(sql`insert into shelf values ('twice')`);
      });
      await expect(twice).rejects.toMatchObject({ code: '23505' });
      expect(await single.query(sql`select 1 as one`)).toEqual([{ one: 1 }]);
    } finally {
      await single.close();
    }
  });

  it('whose connection breaks fails with connection trouble, and the pool recovers', async () => {
    const broken = db.transaction((tx) => tx.query(sql`select pg_terminate_backend(pg_backend_pid())`));
    const error = await broken.catch((reason: unknown) => reason);
    expect(isConnectionTrouble(error)).toBe(true);
    expect(await db.query(sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });
});

describe('values', () => {
  it('arrive as numbers from int8', async () => {
    expect(await db.query(sql`select count(*) as n, 9007199254740991::int8 as big from pg_class where false`)).toEqual([
      { n: 0, big: Number.MAX_SAFE_INTEGER },
    ]);
  });
});

describe('connection trouble', () => {
  it.each(['08006', '57P01', '57P03', '53300', 'ECONNREFUSED', 'ENOENT', undefined])('is code %s', (code) => {
    expect(isConnectionTrouble(Object.assign(new Error(), { code }))).toBe(true);
  });

  it.each(['23505', '22P02', '42P01', '40001'])('is not code %s', (code) => {
    expect(isConnectionTrouble(Object.assign(new Error(), { code }))).toBe(false);
  });
});
