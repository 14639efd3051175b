import { expect, test } from 'vitest';
import type { MadeUnit, WriteUnit } from '../../src/stores/postgres/write-batch.ts';
import { writeQueue } from '../../src/stores/postgres/write-queue.ts';
import type { SqlCall } from '../../src/stores/sql/sql-database.ts';

const call = (name: string): SqlCall => ({
  program: { steps: [{ sql: name, after: 'go-on', bindings: [] }], isKept: false },
  values: [],
});
const nameOf = (unit: WriteUnit) => unit[0]?.program.steps[0]?.sql;
const unavailable = { code: 'STORE_UNAVAILABLE' };

/** A queue whose batches wait until they are let go on. */
function openQueue({ waitingLimit = 100, batchSize = 4, waitMs = 60_000 } = {}) {
  const batches: (readonly (string | undefined)[])[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = writeQueue({
    waitingLimit,
    batchSize,
    waitMs,
    async writeBatch(units) {
      batches.push(units.map(nameOf));
      await gate.promise;
      return new Map();
    },
    async writeMade({ make }) {
      batches.push(['made', nameOf(make([]))]);
      await gate.promise;
      return { kind: 'unique', message: 'x' };
    },
  });
  return { queue, batches, release: gate.resolve };
}

test('writes what arrives together in batches of bounded size, in the order of arrival', async () => {
  const { queue, batches, release } = openQueue();
  const writes = Array.from({ length: 6 }, (_, index) => queue.write([call(`${index}`)]));
  release();
  await Promise.all(writes);
  expect(batches).toEqual([
    ['0', '1', '2', '3'],
    ['4', '5'],
  ]);
});

test('writes what is made from what stands by itself, in its turn', async () => {
  const { queue, batches, release } = openQueue();
  const made: MadeUnit = { question: call('question'), make: () => [call('answer')] };
  const writes = [queue.write([call('0')]), queue.write(made), queue.write(made), queue.write([call('1')])];
  release();
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { code: 'CONFLICT' } });
  expect(batches).toEqual([['0'], ['made', 'answer'], ['made', 'answer'], ['1']]);
});

test('refuses what comes while too many wait, and takes more once they are written', async () => {
  const { queue, batches, release } = openQueue({ waitingLimit: 2 });
  const first = queue.write([call('0')]);
  await expect.poll(() => batches.length).toBe(1);
  const waiting = [queue.write([call('1')]), queue.write([call('2')])];
  await expect(queue.write([call('3')])).rejects.toMatchObject(unavailable);
  release();
  await Promise.all([first, ...waiting]);
  await queue.write([call('4')]);
});

test('refuses what has waited too long, and does not write it', async () => {
  const { queue, batches, release } = openQueue({ waitMs: 1 });
  const first = queue.write([call('0')]);
  await expect.poll(() => batches.length).toBe(1);
  const since = performance.now();
  const late = queue.write([call('1')]);
  const outcome = expect(late).rejects.toMatchObject(unavailable);
  await expect.poll(() => performance.now() - since).toBeGreaterThan(2);
  release();
  await Promise.all([first, outcome]);
  expect(batches).toEqual([['0']]);
});

test('finishes what was asked before it was closed, and takes no more', async () => {
  const { queue, batches, release } = openQueue();
  const last = queue.write([call('0')]);
  const isClosed = queue.close();
  await expect(queue.write([call('1')])).rejects.toMatchObject(unavailable);
  release();
  await Promise.all([last, isClosed]);
  expect(batches).toEqual([['0']]);
});
