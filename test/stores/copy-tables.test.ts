import { expect, test } from 'vitest';
import { copyTables, type FilledTables, type TableSource, type TableTarget } from '../../src/stores/sql/copy-tables.ts';
import type { SqlRow } from '../../src/stores/sql/sql-database.ts';

type Data = Readonly<Record<string, readonly SqlRow[]>>;

function sourceOf(data: Data, claimed: Readonly<Record<string, number>> = {}): TableSource {
  return {
    tables: async () => Object.keys(data),
    count: async table => claimed[table] ?? data[table]?.length ?? 0,
    span: async () => undefined,
    async *batches(table) {
      for (const row of data[table] ?? []) yield [row];
    },
    async close() {},
  };
}

/** @param change What happens to rows on their way. */
function targetOf(before: Data, change: (rows: readonly SqlRow[]) => readonly SqlRow[] = rows => rows) {
  let kept = before;
  const target: TableTarget = {
    async fill(_, work) {
      const draft = new Map(Object.entries(kept));
      const filled: FilledTables = {
        count: async table => draft.get(table)?.length ?? 0,
        clear: async table => void draft.set(table, []),
        insert: async (table, rows) => void draft.set(table, [...(draft.get(table) ?? []), ...change(rows)]),
        async sums(table) {
          const rows = draft.get(table) ?? [];
          const sum = rows.reduce((total, { cost }) => total + (typeof cost === 'bigint' ? cost : 0n), 0n);
          return new Map([['cost', sum]]);
        },
      };
      const done = await work(filled);
      kept = Object.fromEntries(draft);
      return done;
    },
    async close() {},
  };
  return { target, kept: () => kept };
}

const seeded = { version: [{ one: 1n, version: 0n }], attempt: [] };
const data = { version: [{ one: 1n, version: 5n }], attempt: [{ cost: 7n }, { cost: 9n, name: 'a\0' }] };
const options = { source: sourceOf(data), fresh: sourceOf(seeded), onProgress: () => {} };

test('copies every table, takes the place of what a new database holds, and tells which texts cannot stay', async () => {
  const { target, kept } = targetOf(seeded);
  const progress: string[] = [];
  const onProgress = ({ table, copied, all }: { table: string; copied: number; all: number }) =>
    progress.push(`${table} ${copied}/${all}`);
  const { counts, altered } = await copyTables({ ...options, target, onProgress });
  expect(kept()).toEqual(data);
  expect([...counts]).toEqual([
    ['version', 1],
    ['attempt', 2],
  ]);
  expect(altered).toEqual(['attempt']);
  expect(progress).toEqual(['version 1/1', 'attempt 1/2', 'attempt 2/2']);
});

test.each([
  ['a row is lost', (rows: readonly SqlRow[]) => rows.filter(({ cost }) => cost !== 9n)],
  ['an amount is another', (rows: readonly SqlRow[]) => rows.map(row => (row.cost === 9n ? { cost: 8n } : row))],
])('keeps nothing where %s on the way', async (_, change) => {
  const { target, kept } = targetOf(seeded, change);
  await expect(copyTables({ ...options, target })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: /attempt/,
  });
  expect(kept()).toEqual(seeded);
});

test('keeps nothing where fewer rows are read than there are', async () => {
  const { target, kept } = targetOf(seeded);
  const source = sourceOf(data, { attempt: 3 });
  await expect(copyTables({ ...options, source, target })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(kept()).toEqual(seeded);
});

test('touches nothing where the target has entries already', async () => {
  const { target, kept } = targetOf({ ...seeded, attempt: [{ cost: 1n }] });
  await expect(copyTables({ ...options, target })).rejects.toMatchObject({ code: 'CONFLICT', message: /attempt/ });
  expect(kept()).toEqual({ ...seeded, attempt: [{ cost: 1n }] });
});
