import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { holdClaim } from '../../src/gateway/hold-claim.ts';
import type { IdempotencyClaim, IdempotencyStore } from '../../src/stores/idempotency-store.ts';
import { sqlIdempotencyStore } from '../../src/stores/sql/sql-idempotency-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { manualClock } from '../support/manual-clock.ts';
import { closeAfterTest } from '../support/open-gate.ts';

const claim: IdempotencyClaim = { key: 'key', input: 'input', completionId: 'one', isLogged: false };
const twin: IdempotencyClaim = { ...claim, completionId: 'two' };
const end = { completionId: 'one', status: 'FINISHED', cost: 1n } as const;

/** A key that is held over a real store, which can be away. */
async function hold() {
  const clock = manualClock();
  const stores = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(stores.close);
  const real = sqlIdempotencyStore(stores.database, { now: clock.now });
  let isAway = false;
  let renewals = 0;
  const store: IdempotencyStore = {
    ...real,
    async renew(asked) {
      renewals += 1;
      if (isAway) throw new GatewayError('STORE_UNAVAILABLE', 'away');
      return await real.renew(asked);
    },
    async end(asked, ended) {
      if (isAway) throw new GatewayError('STORE_UNAVAILABLE', 'away');
      await real.end(asked, ended);
    },
  };
  expect((await real.claim(claim)).state).toBe('claimed');
  let losses = 0;
  const held = holdClaim({ store, claim, clock, claimedMs: clock.monotonicMs(), onLost: () => (losses += 1) });
  /** Time passes second by second, and what is asked meanwhile is answered. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      const before = renewals;
      clock.advance(1_000);
      if (renewals > before) await real.claim({ ...twin, key: 'another' });
    }
  };
  return {
    held,
    real,
    clock,
    pass,
    losses: () => losses,
    leave: (away: boolean) => {
      isAway = away;
    },
  };
}

describe('a key that is held', () => {
  test('stays so for as long as it is renewed, however long that is', async () => {
    const { pass, losses, real } = await hold();
    await pass(120);
    expect(losses()).toBe(0);
    expect((await real.claim(twin)).state).toBe('running');
  });

  test('is lost three seconds before another can have it, where the store is away; control: an outage that ends in time is none', async () => {
    const { pass, losses, leave, real } = await hold();
    leave(true);
    await pass(8);
    leave(false);
    await pass(20);
    expect(losses()).toBe(0);
    leave(true);
    await pass(20);
    expect(losses()).toBe(1);
    const lost = await hold();
    lost.leave(true);
    await lost.pass(11);
    expect(lost.losses()).toBe(0);
    await lost.pass(1);
    expect(lost.losses()).toBe(1);
    expect((await lost.real.claim(twin)).state).toBe('running');
    await lost.pass(3);
    expect((await lost.real.claim(twin)).state).toBe('claimed');
    expect((await real.claim(twin)).state).toBe('claimed');
  });

  test('is lost where another has it by now, and that one keeps it', async () => {
    const { clock, held, real, losses } = await hold();
    await real.end(claim, { ...end, status: 'FAILED' });
    expect((await real.claim(twin)).state).toBe('claimed');
    expect(await held.isAttended()).toBe(false);
    expect(losses()).toBe(1);
    clock.advance(60_000);
    expect(losses()).toBe(1);
  });

  test('notes its end later where the store is away for a moment', async () => {
    const { held, real, leave, pass } = await hold();
    leave(true);
    await expect(held.end(end)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    leave(false);
    await pass(2);
    expect(await real.claim(twin)).toEqual({ state: 'ended', ...end });
  });
});
