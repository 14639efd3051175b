import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startAttempt } from '../../src/gateway/attempt.ts';
import { meterUsage } from '../../src/gateway/meter.ts';
import { settledAttempt } from '../../src/gateway/settle.ts';
import type { Price } from '../../src/model/catalog.ts';
import type { ReportedUsage } from '../../src/model/usage.ts';
import type { ProviderAdapter, ProviderEvent } from '../../src/providers/provider.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { createEventStream } from '../../src/stream/event-stream.ts';
import { systemClock } from '../../src/system-clock.ts';
import { attempted, closed, idAt, opened } from '../../src/testing/ledger-entries.ts';
import { clearedRequest } from '../support/cleared-request.ts';
import { closeAfterTest } from '../support/open-gate.ts';

const billionDollars = 10n ** 18n;
const counted = { inputTokens: () => 7, outputTokens: () => 3 };

const anyCount = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, -1, -0, 2 ** 53, 1e300),
  fc.constantFrom(0, 1, 1_000_000_000, 1_000_000_001),
  fc.double(),
  fc.nat(),
);
const anyReport: fc.Arbitrary<ReportedUsage> = fc.record(
  {
    inputTokens: anyCount,
    outputTokens: anyCount,
    reasoningTokens: anyCount,
    cachedInputTokens: anyCount,
    cacheWriteTokens: anyCount,
    cacheWriteLongTokens: anyCount,
    providerCost: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  },
  { requiredKeys: [] },
);
const anyAmount = fc.option(fc.bigInt({ min: 0n, max: 10n ** 24n }), { nil: undefined });
const anyPrice = fc.option(
  fc.record({ input: anyAmount, output: anyAmount }).map(({ input, output }): Price => {
    return { tiers: [], ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
  }),
  { nil: undefined },
);

function isCount(count: number | undefined): boolean {
  return count !== undefined && Number.isInteger(count) && count >= 0 && count <= 1_000_000_000;
}

describe('usage that makes no sense', () => {
  test('is booked within bounds, and marked as estimated wherever it was not taken as it came', () => {
    fc.assert(
      fc.property(anyReport, anyPrice, (reported, price) => {
        const { cost, estimated, ...tokens } = meterUsage(reported, counted, price);
        for (const count of Object.values(tokens)) expect(isCount(count)).toBe(true);
        expect(cost >= 0n && cost <= billionDollars).toBe(true);
        expect(tokens.inputTokens + 0).toBe(isCount(reported.inputTokens) ? (reported.inputTokens ?? 0) + 0 : 7);
        expect(tokens.outputTokens + 0).toBe(isCount(reported.outputTokens) ? (reported.outputTokens ?? 0) + 0 : 3);
        if (!isCount(reported.inputTokens) || !isCount(reported.outputTokens)) expect(estimated).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['beyond what can be booked', 10n ** 30n, billionDollars],
    ['below nothing', -1n, 0n],
  ])('as a cost %s is booked at the nearest that can be, and marked as estimated', (_, providerCost, cost) => {
    const whole = { inputTokens: 1, outputTokens: 1 };
    expect(meterUsage({ ...whole, providerCost }, counted, undefined)).toMatchObject({ cost, estimated: true });
    const price = { input: 10n ** 30n, output: 0n, tiers: [] };
    expect(meterUsage(whole, counted, price)).toMatchObject({ cost: billionDollars, estimated: true });
  });

  test('from an adapter of somebody’s own is taken by the ledger, whatever it is and however the attempt ends', async () => {
    const { ledger, close } = await openSqliteStores({ file: ':memory:' });
    closeAfterTest(close);
    const at = Date.UTC(2026, 10, 4);
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(anyReport, fc.boolean(), async (usage, isWhole) => {
        const adapter = reporting(usage, isWhole);
        const { ended } = startAttempt({
          adapter,
          request: clearedRequest(),
          limits: { idleMs: 5_000 },
          excludeReasoning: false,
          reserved: { amount: 1_000_000n, inputTokens: 10 },
          clock: systemClock,
          onCommit() {},
          deliver: () => true,
        });
        serial += 2;
        const completion = opened(idAt(at, serial), at, { tenantId: `t${serial}` });
        const attempt = attempted(completion, serial + 1);
        await ledger.openCompletion(completion);
        await ledger.openAttempt(attempt);
        await ledger.settleAttempt(settledAttempt(attempt, await ended, () => 7));
        await ledger.closeCompletion(closed(completion));
      }),
      { numRuns: 100 },
    );
  });
});

/** Reports this before its text, and ends or breaks off. */
function reporting(usage: ReportedUsage, isWhole: boolean): ProviderAdapter {
  return {
    providerId: 'own',
    protocol: 'openai',
    hasCredential: true,
    unsupportedParameters: [],
    close: () => Promise.resolve(),
    call() {
      const output = createEventStream<ProviderEvent>({ onResume() {}, onCancel() {} });
      output.write([
        { type: 'accepted', status: 200 },
        { type: 'usage', usage },
        { type: 'text', text: 'x' },
        isWhole ? { type: 'end' } : { type: 'failure', failure: { kind: 'cut', detail: 'broke off' } },
      ]);
      output.end();
      return output.stream;
    },
  };
}
