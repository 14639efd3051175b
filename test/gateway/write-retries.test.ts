import { expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { createWriteRetries } from '../../src/gateway/write-retries.ts';
import { manualClock } from '../support/manual-clock.ts';

const away = new GatewayError('STORE_UNAVAILABLE', 'away');
const refused = new GatewayError('STORE_UNAVAILABLE', 'refused', { retryable: false });
const unknownRow = new GatewayError('CONFLICT', 'there is no such row');

/** A write that fails with each of these in turn, and then succeeds. */
async function writing(...faults: readonly Error[]) {
  const clock = manualClock();
  const retries = createWriteRetries(clock);
  let tries = 0;
  const action = async () => {
    const fault = faults[tries];
    tries += 1;
    if (fault !== undefined) throw fault;
  };
  const first = await retries.write(action).catch((fault: unknown) => fault);
  return {
    first,
    retries,
    tries: () => tries,
    async second() {
      clock.advance(1_000);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
}

test.each([
  ['row that does not exist', unknownRow],
  ['entry that the store refuses for good', refused],
])('keeps no write of a %s: it would be refused for ever, and the node not be ready', async (_, fault) => {
  const { first, retries, tries, second } = await writing(fault, fault);
  expect(first).toBe(fault);
  expect(retries.waiting).toBe(0);
  await second();
  expect(tries()).toBe(1);
});

test('keeps no write any longer once it turns out that its row does not exist', async () => {
  const { retries, tries, second } = await writing(away, unknownRow, unknownRow);
  expect(retries.waiting).toBe(1);
  await second();
  expect([tries(), retries.waiting]).toEqual([2, 0]);
});

test.each([
  ['a store that is away', away],
  ['a fault of a kind that nobody knows', new Error('busy')],
])('control: keeps what fails for %s, until it is written', async (_, fault) => {
  const { retries, tries, second } = await writing(fault, fault);
  await second();
  expect([tries(), retries.waiting]).toEqual([2, 1]);
  await second();
  expect([tries(), retries.waiting]).toEqual([3, 0]);
});
