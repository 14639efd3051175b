import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { testStoreContracts } from './support/store-contracts.ts';

const toClose: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function inMemory(): Promise<SqliteStores> {
  const stores = await openSqliteStores({ file: ':memory:' });
  toClose.push(stores.close);
  return stores;
}

async function inFile(): Promise<SqliteStores> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-stores-'));
  toClose.push(() => rm(folder, { recursive: true }));
  const stores = await openSqliteStores({ file: join(folder, 'tollgate.db') });
  toClose.push(stores.close);
  return stores;
}

describe.each([
  ['sqlite file', inFile],
  ['sqlite memory', inMemory],
] as const)('%s', (_, open) => {
  testStoreContracts(open);
});
