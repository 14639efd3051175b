import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { LimitedBy } from '../../src/model/limited-by.ts';
import type { PolicyContribution, RateLimitRule } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import { rateLimits } from '../../src/policy/rules/rate-limits.ts';
import { memoryRateLimitStore } from '../../src/stores/memory/rate-limit-store.ts';
import { delta, done, start, stop } from '../support/called-provider.ts';
import { manualClock } from '../support/manual-clock.ts';
import { embedded, endOf, openGate, principal, request } from '../support/open-gate.ts';
import { chunk as frame, lastChunk, type RawScript, streamHead } from '../support/raw-provider.ts';

const minute: RateLimitRule = { windowMs: 60_000, per: 'PROJECT' };
const rules = [rateLimits(), budgets()];

function bound(rule: Partial<RateLimitRule>, mode: PolicyContribution['mode'] = 'ENFORCE', more = {}) {
  const contributions: readonly PolicyContribution[] = [
    {
      policy: { policyId: 'p', revision: 1 },
      ownerId: 'bank',
      mode,
      rules: { rateLimits: [{ ...minute, ...rule }], ...more },
    },
  ];
  return { contributionsFor: () => contributions };
}

const answering =
  (input: number, output: number): RawScript =>
  async exchange => {
    const usage = `data: {"id":"c","choices":[],"usage":{"prompt_tokens":${input},"completion_tokens":${output}}}\n\n`;
    await exchange.write(`${streamHead()}${frame(delta('Hi') + stop + usage + done)}${lastChunk}`);
  };

describe('a rate limit', () => {
  test('of requests refuses the next one, says which rule and when to come back, and grants it then', async () => {
    const clock = manualClock();
    const provider = await start(answering(20, 5));
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ requests: 2 }),
      clock,
    });
    const ask = async () => {
      const run = opened.gate.run(principal(), request(), embedded);
      return { completion: (await endOf(run)).completion, left: run.limitsLeft };
    };
    expect((await ask()).completion.status).toBe('FINISHED');
    const second = await ask();
    expect(second.completion.status).toBe('FINISHED');
    expect(second.left).toEqual([{ unit: 'requests', limit: 2, remaining: 0, resetAfterMs: 60_000 }]);
    const { completion } = await ask();
    expect(completion).toMatchObject({
      status: 'REFUSED',
      attempts: [],
      error: {
        code: 'RATE_LIMITED',
        retryable: true,
        retryAfterMs: 30_000,
        limitedBy: { rule: 'RATE_LIMITS', unit: 'REQUESTS', limit: '2', remaining: '0', policy: { policyId: 'p' } },
      },
    });
    expect(provider.requests).toHaveLength(2);
    clock.advance(30_000);
    expect((await ask()).completion.status).toBe('FINISHED');
  });

  test('of tokens debits what a request may use at most, and gives back what it did not', async () => {
    const provider = await start(answering(20, 5));
    const policies = bound({ tokens: 200 });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies });
    const ask = () => endOf(opened.gate.run(principal(), request(), embedded));
    // 25 tokens each in truth, some 75 at most: of 200 a third one at 75 would not fit beside two that were not given back.
    for (let turn = 0; turn < 4; turn += 1) expect((await ask()).completion.status).toBe('FINISHED');
  });

  test('that a request exceeds by itself is told as one that waiting does not help', async () => {
    const provider = await start(answering(20, 5));
    const policies = bound({ tokens: 10 });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies });
    const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
    expect(completion.error).toMatchObject({ code: 'RATE_LIMITED', retryable: false });
    expect(completion.error?.retryAfterMs).toBeUndefined();
  });

  test('counts a request that a budget refuses, and takes no tokens for it', async () => {
    const provider = await start(answering(20, 5));
    const pot = { name: 'pot', limit: 0n, window: 'TOTAL', per: 'PROJECT' };
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ requests: 3, tokens: 100 }, 'ENFORCE', { budgets: [pot] }),
    });
    const codes: (string | undefined)[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const run = opened.gate.run(principal(), request(), embedded);
      codes.push((await endOf(run)).completion.error?.code);
    }
    expect(codes).toEqual(['BUDGET_EXCEEDED', 'BUDGET_EXCEEDED', 'BUDGET_EXCEEDED', 'RATE_LIMITED']);
  });

  test('is full of tokens again where the ledger fails before anybody was called', async () => {
    const provider = await start(answering(20, 5));
    let isAway = true;
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ tokens: 100 }),
      ledger: real => ({
        ...real,
        openAttempt: attempt =>
          isAway ? Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'away')) : real.openAttempt(attempt),
      }),
    });
    const ask = async () => (await endOf(opened.gate.run(principal(), request(), embedded))).completion;
    expect((await ask()).status).toBe('FAILED');
    isAway = false;
    expect((await ask()).status).toBe('FINISHED');
  });

  test('under MONITOR refuses nothing, and tells what it would have refused', async () => {
    const provider = await start(answering(20, 5));
    const policies = bound({ requests: 1 }, 'MONITOR');
    const told: LimitedBy[] = [];
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies,
      observers: [{ opened: () => ({ wouldRefuse: limitedBy => void told.push(limitedBy) }) }],
    });
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await endOf(opened.gate.run(principal(), request(), embedded))).completion.status).toBe('FINISHED');
    }
    expect(told.map(({ rule, unit, limit, remaining }) => [rule, unit, limit, remaining])).toEqual([
      ['RATE_LIMITS', 'REQUESTS', '1', '0'],
      ['RATE_LIMITS', 'REQUESTS', '1', '0'],
    ]);
  });

  test('goes on on this node alone while the counters are away', async () => {
    const away = () => Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'away'));
    const provider = await start(answering(20, 5));
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ requests: 1 }),
      rates: { take: away, correct: away },
    });
    const ask = async () => (await endOf(opened.gate.run(principal(), request(), embedded))).completion;
    expect((await ask()).status).toBe('FINISHED');
    expect((await ask()).error?.code).toBe('RATE_LIMITED');
  });

  test('control: a store that grants everything lets everything through', async () => {
    const generous = memoryRateLimitStore({ now: Date.now });
    const provider = await start(answering(20, 5));
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ requests: 1 }),
      rates: { ...generous, take: async () => ({ states: [] }) },
    });
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await endOf(opened.gate.run(principal(), request(), embedded))).completion.status).toBe('FINISHED');
    }
  });
});
