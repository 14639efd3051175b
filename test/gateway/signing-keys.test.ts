import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createReceipts, verifyStatement } from '../../src/gateway/receipts.ts';
import { openSigningKeys } from '../../src/gateway/signing-keys.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { manualClock } from '../support/manual-clock.ts';
import { closeAfterTest } from '../support/open-gate.ts';

const dayMs = 86_400_000;

async function open() {
  const { secrets, close } = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(close);
  const clock = manualClock();
  const wrappingKey = randomBytes(32);
  const keysOf = () => openSigningKeys({ store: secrets, wrappingKey, clock, rotateAfterMs: 90 * dayMs });
  return { secrets, clock, keysOf };
}

const claims = { id: 'c1' };

test('a new key is made when the newest is old, and what the old one signed stays valid', async () => {
  const { clock, keysOf } = await open();
  const keys = keysOf();
  const { receipt: old } = await createReceipts(keys).sign({ claims });
  clock.advance(89 * dayMs);
  expect((await keys.current()).publicKey).toEqual((await keys.publicKeys())[0]);
  clock.advance(dayMs);
  const { receipt } = await createReceipts(keys).sign({ claims });
  const all = await keysOf().publicKeys();
  expect(all).toHaveLength(2);
  for (const statement of [old, receipt])
    expect(await verifyStatement('tollgate-receipt', statement, all)).toEqual(claims);
  await expect(verifyStatement('tollgate-receipt', receipt, all.slice(0, 1))).rejects.toThrow(/not among those given/);
});

test('two nodes that make a key at once agree on it, and the store never holds it readable', async () => {
  const { secrets, keysOf } = await open();
  const [left, right] = await Promise.all([keysOf().current(), keysOf().current()]);
  expect(left.publicKey).toEqual(right.publicKey);
  const { d } = left.privateKey.export({ format: 'jwk' });
  const kept = Buffer.from((await secrets.get('signing-key:0')) ?? []).toString('utf8');
  expect(kept).toContain(left.publicKey.x);
  expect(kept).not.toContain(d);
});

test('one kind of statement does not pass for another', async () => {
  const { keysOf } = await open();
  const keys = keysOf();
  const { receipt } = await createReceipts(keys).sign({ claims });
  await expect(verifyStatement('tollgate-audit-head', receipt, await keys.publicKeys())).rejects.toThrow(
    /no tollgate-audit-head/,
  );
});

test('many who sign and read at once, across a rotation, make one key each time, and lose none', async () => {
  const { clock, keysOf } = await open();
  const keys = keysOf();
  const receipts = createReceipts(keys);
  const signed: string[] = [];
  for (let generation = 0; generation < 3; generation += 1) {
    const [one, two, three] = await Promise.all([
      receipts.sign({ claims }),
      receipts.sign({ claims }),
      receipts.sign({ claims }),
      keys.publicKeys(),
    ]);
    signed.push(one.receipt, two.receipt, three.receipt);
    clock.advance(90 * dayMs);
  }
  const all = await keysOf().publicKeys();
  expect(new Set(all.map(({ kid }) => kid)).size).toBe(3);
  expect(all).toHaveLength(3);
  for (const statement of signed) expect(await verifyStatement('tollgate-receipt', statement, all)).toEqual(claims);
});

test('a key that somebody put into the store is none', async () => {
  const { secrets, keysOf } = await open();
  const foreign = await open();
  await foreign.keysOf().current();
  await keysOf().current();
  await secrets.put('signing-key:1', (await foreign.secrets.get('signing-key:0')) ?? new Uint8Array());
  await expect(keysOf().publicKeys()).rejects.toThrow();
});

test('every byte of a statement counts, also those that base64url would overlook', async () => {
  const { keysOf } = await open();
  const keys = keysOf();
  const { receipt } = await createReceipts(keys).sign({ claims });
  const all = await keys.publicKeys();
  const last = receipt.at(-1) ?? '';
  const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter(unit => unit !== last);
  const changed = [
    ...others.map(unit => receipt.slice(0, -1) + unit),
    `${receipt}==`,
    `${receipt.slice(0, -3)} ${receipt.slice(-3)}`,
  ];
  for (const statement of changed) await expect(verifyStatement('tollgate-receipt', statement, all)).rejects.toThrow();
});
