import { test } from 'vitest';
import { sqlIdempotencyStore } from '../../../src/stores/sql/sql-idempotency-store.ts';
import type { Stores } from '../../../src/stores/sql/stores.ts';
import {
  accessStoreContract,
  auditStoreContract,
  contentStoreContract,
  idempotencyStoreContract,
  ledgerStoreContract,
  nodeStoreContract,
  policyStoreContract,
  secretStoreContract,
} from '../../../src/testing/index.ts';

/** Runs all that the stores of an installation promise. Each case gets empty ones; who opens them closes them. */
export function testStoreContracts(open: () => Promise<Stores>): void {
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
  for (const { name, run } of nodeStoreContract) {
    test(`nodes: ${name}`, () => run(async () => (await open()).nodes));
  }
  for (const { name, run } of idempotencyStoreContract) {
    test(`idempotency: ${name}`, () =>
      run(async () => {
        let now = Date.now();
        const store = sqlIdempotencyStore((await open()).database, { now: () => now });
        const pass = async (ms: number) => {
          now += ms;
        };
        return { store, endLeases: () => pass(store.leaseMs), endKeeping: () => pass(86_400_000) };
      }));
  }
  for (const { name, run } of secretStoreContract) {
    test(`secrets: ${name}`, () => run(async () => (await open()).secrets));
  }
}
