import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { PolicyContribution } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import type { LedgerStore } from '../../src/stores/ledger-store.ts';
import { start } from '../support/called-provider.ts';
import { booked, embedded, endOf, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith } from '../support/openai-bytes.ts';

const away = () => new GatewayError('STORE_UNAVAILABLE', 'the store could not be reached');
const contributions: readonly PolicyContribution[] = [
  {
    policy: { policyId: 'p', revision: 1 },
    ownerId: 'bank',
    mode: 'ENFORCE',
    rules: { budgets: [{ name: 'pot', limit: 1_000_000_000n, window: 'TOTAL', per: 'PROJECT' }] },
  },
];

/** One run whose ledger fails for a moment, and everything after it. */
async function runWith(failing: (real: LedgerStore) => Partial<LedgerStore>) {
  const provider = await start(exchange => answerWith(exchange, 'Hi'));
  const opened = await openGate({
    providers: [{ id: 'acme', url: provider.url }],
    rules: [budgets()],
    policies: { contributionsFor: () => contributions },
    ledger: real => ({ ...real, ...failing(real) }),
  });
  const run = opened.gate.run(principal(), request(), embedded);
  const last = await endOf(run);
  const { budgets: pots } = opened.gate.effectivePolicy(principal());
  await booked(opened, run.id).catch(() => {});
  return { ...opened, provider, run, last, states: await opened.gate.budgetStates(pots) };
}

const unavailable = { type: 'failed', error: { code: 'STORE_UNAVAILABLE', retryable: true } };
const nothing = [{ spent: 0n, reserved: 0n }];

describe('a journal that fails for a moment', () => {
  test('as the completion is opened: the run fails as unavailable, and nothing waits for ever', async () => {
    const { gate, stores, provider, run, last, states } = await runWith(() => ({
      openCompletion: () => Promise.reject(away()),
    }));
    expect(last).toMatchObject(unavailable);
    expect(provider.connections).toBe(0);
    expect(gate.unbookedOutcomes).toBe(0);
    expect(states).toEqual(nothing);
    expect(await stores.ledger.completions([run.id])).toEqual([undefined]);
  });

  test('as the attempt is opened: the run fails as unavailable, is booked as such, and the node stays ready', async () => {
    const opened = await runWith(() => ({ openAttempt: () => Promise.reject(away()) }));
    expect(opened.last).toMatchObject(unavailable);
    expect(opened.provider.connections).toBe(0);
    expect(opened.gate.unbookedOutcomes).toBe(0);
    expect(opened.states).toEqual(nothing);
    const completion = await booked(opened, opened.run.id);
    expect(completion).toMatchObject({ status: 'FAILED', error: { code: 'STORE_UNAVAILABLE' }, attempts: [] });
    expect(opened.last.completion.attempts).toEqual([]);
  });

  test('in its answer alone: what it has written is booked as a crash would book it', async () => {
    const opened = await runWith(real => ({
      async openAttempt(attempt) {
        await real.openAttempt(attempt);
        throw away();
      },
    }));
    expect(opened.last).toMatchObject(unavailable);
    expect(opened.gate.unbookedOutcomes).toBe(0);
    expect(opened.states).toEqual(nothing);
    const { attempts } = await booked(opened, opened.run.id);
    expect(attempts).toMatchObject([{ outcome: 'UNKNOWN', usage: { outputTokens: 64, estimated: true } }]);
    expect(await opened.stores.ledger.recover(Date.now())).toBe(0);
  });

  test('control: one that does not fail answers', async () => {
    const { last, states } = await runWith(() => ({}));
    expect(last.type).toBe('finished');
    expect(states).toEqual([{ spent: 15_000n, reserved: 0n }]);
  });
});
