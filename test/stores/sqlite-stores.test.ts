import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'vitest';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import {
  accessStoreContract,
  auditStoreContract,
  contentStoreContract,
  ledgerStoreContract,
  policyStoreContract,
  secretStoreContract,
} from '../../src/testing/index.ts';

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
  for (const { name, run } of ledgerStoreContract) {
    test(`ledger: ${name}`, () => run(async () => (await open()).ledger));
  }
  for (const { name, run } of accessStoreContract) {
    test(`access: ${name}`, () => run(async () => (await open()).access));
  }
  for (const { name, run } of policyStoreContract) {
    test(`policies: ${name}`, () => run(async () => (await open()).policies));
  }
  for (const { name, run } of auditStoreContract) {
    test(`audit: ${name}`, () => run(async () => (await open()).audit));
  }
  for (const { name, run } of contentStoreContract) {
    test(`content: ${name}`, () => run(async () => (await open()).content));
  }
  for (const { name, run } of secretStoreContract) {
    test(`secrets: ${name}`, () => run(async () => (await open()).secrets));
  }
});
