import { describe, expect, test } from 'vitest';
import { monthsBetween } from '../../src/stores/postgres/month-partitions.ts';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import { book } from '../../src/testing/ledger-entries.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { usePostgres } from './support/postgres-databases.ts';

const november = Date.UTC(2026, 10, 4);
const unavailable = { code: 'STORE_UNAVAILABLE' };

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const ask = (url: string, sql: string) => databases.server.ask(url, sql);

  async function partitionsOf(url: string): Promise<readonly unknown[]> {
    const rows = await ask(
      url,
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'completion'::regclass order by 1`,
    );
    return rows.map(({ name }) => name);
  }

  test('is brought to this version once, however many nodes start at one moment', async () => {
    const url = await databases.server.database();
    const nodes = await Promise.all(Array.from({ length: 6 }, () => databases.open({ url, now: () => november })));
    await Promise.all(
      nodes.map(({ access }, index) => access.createProject({ id: `p${index}`, name: 'p', createdAt: 1 })),
    );
    const names = await ask(url, 'select name from kysely_migration order by name');
    expect(names).toEqual(await ask(await databases.migrated(), 'select name from kysely_migration order by name'));
    expect(names.length).toBeGreaterThan(0);
    const months = ['2026_11', '2026_12', '2027_01', '2027_02'].map(month => `completion_${month}`);
    expect(await partitionsOf(url)).toEqual([...months, 'completion_default']);
  });

  test('is refused where it is not at this version and nobody may change it, and is left as it is', async () => {
    const url = await databases.server.database();
    const refusal = { ...unavailable, retryable: false, message: /"tollgate migrate"/ };
    await expect(openPostgresStores({ url, migrate: 'off' })).rejects.toMatchObject(refusal);
    expect(await ask(url, "select 1 from pg_tables where schemaname = 'public'")).toEqual([]);
    await (await openPostgresStores({ url })).close();
    await (await openPostgresStores({ url, migrate: 'off' })).close();
    await ask(url, 'delete from kysely_migration where name = (select max(name) from kysely_migration)');
    await expect(openPostgresStores({ url, migrate: 'off' })).rejects.toMatchObject(refusal);
  });

  test('can be used by a user who may read and write, but change no table', async () => {
    const url = await databases.migrated();
    await ask(
      url,
      `create role clerk login; grant select, insert, update, delete on all tables in schema public to clerk`,
    );
    const own = url.replace('postgres@', 'clerk@');
    const { ledger, ensurePartitions, close } = await openPostgresStores({ url: own, migrate: 'off' });
    await book(ledger, 1, november);
    await expect(ensurePartitions(Date.UTC(2031, 0))).rejects.toMatchObject(unavailable);
    await close();
  });

  test('is refused where it is newer than the code, and left as it is', async () => {
    const url = await databases.migrated();
    await ask(url, "insert into kysely_migration values ('9999-later', '2030-01-01')");
    for (const migrate of ['off', 'at-start'] as const) {
      await expect(openPostgresStores({ url, migrate })).rejects.toMatchObject({
        ...unavailable,
        message: /newer.*9999-later/,
      });
    }
    expect(await ask(url, 'select name from kysely_migration order by name desc limit 1')).toEqual([
      { name: '9999-later' },
    ]);
  });

  test('is refused where it keeps text in another way than UTF-8', async () => {
    await ask(databases.server.url, "create database latin template template0 encoding 'LATIN1' locale 'C'");
    const url = databases.server.url.replace(/postgres$/, 'latin');
    await expect(openPostgresStores({ url })).rejects.toMatchObject({ ...unavailable, message: /UTF8/ });
  });

  test('compares every text byte by byte, so that no order or index changes with the machine', async () => {
    const url = await databases.migrated();
    const byLanguage = await ask(
      url,
      `select attrelid::regclass::text as "table", attname as "column" from pg_attribute
        inner join pg_class on pg_class.oid = attrelid
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname not like 'kysely_%'
          and attnum > 0 and attcollation not in (0, (select oid from pg_collation where collname = 'C'))`,
    );
    expect(byLanguage).toEqual([]);
  });

  test('gets months ahead from whoever asks, once, while others write, and moves entries to their month', async () => {
    const url = await databases.migrated();
    const nodes = await Promise.all([1, 2, 3].map(() => databases.open({ url })));
    const late = Date.UTC(2031, 4, 31, 23, 59, 59, 999);
    const [{ ledger } = { ledger: undefined }] = nodes;
    if (ledger === undefined) return;
    const before = await Promise.all([1, 2, 3].map(serial => book(ledger, serial, late + serial - 2)));
    expect(await ask(url, 'select 1 from completion_default')).toHaveLength(3);
    const during = Promise.all([11, 12, 13].map(serial => book(ledger, serial, late)));
    await Promise.all(nodes.map(node => node.ensurePartitions(Date.UTC(2031, 3, 10))));
    await during;
    expect(await partitionsOf(url)).toEqual(
      expect.arrayContaining(['2031_04', '2031_05', '2031_06', '2031_07'].map(month => `completion_${month}`)),
    );
    for (const table of ['completion', 'attempt']) {
      expect(await ask(url, `select 1 from ${table}_default`)).toEqual([]);
      expect(await ask(url, `select 1 from ${table}_2031_05`)).toHaveLength(5);
      expect(await ask(url, `select 1 from ${table}_2031_06`)).toHaveLength(1);
    }
    const found = await ledger.completions(before.map(({ id }) => id));
    expect(found.map(completion => completion?.attempts.length)).toEqual([1, 1, 1]);
  });

  test('does not wait for a report in order to make months, and makes them the next time', async () => {
    const url = await databases.migrated();
    const { ensurePartitions } = await databases.open({ url });
    const release = await databases.server.hold(url, 'select count(*) from completion');
    await expect(ensurePartitions(Date.UTC(2035, 0))).rejects.toMatchObject(unavailable);
    await release();
    await ensurePartitions(Date.UTC(2035, 0));
    expect(await partitionsOf(url)).toContain('completion_2035_01');
  });
});

test('months are those of UTC, over the end of a year and each once', () => {
  const names = (from: number, to: number) => monthsBetween(from, to).map(({ name }) => name);
  expect(names(Date.UTC(2026, 10, 30), Date.UTC(2027, 1, 1))).toEqual(['2026_11', '2026_12', '2027_01', '2027_02']);
  expect(names(Date.UTC(2027, 0, 31, 23, 59, 59, 999), Date.UTC(2027, 0, 31, 23, 59, 59, 999))).toEqual(['2027_01']);
  for (const [index, { to }] of monthsBetween(0, november).entries()) {
    expect(monthsBetween(0, november)[index + 1]?.from ?? to).toBe(to);
  }
});
