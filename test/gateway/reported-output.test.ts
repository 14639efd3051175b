import { describe, expect, test } from 'vitest';
import type { PolicyContribution } from '../../src/model/policy.ts';
import { noUsage } from '../../src/model/usage.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import { start } from '../support/called-provider.ts';
import { booked, embedded, openGate, principal, request } from '../support/open-gate.ts';
import { chunk, streamHead, usageChunk } from '../support/openai-bytes.ts';
import type { RawExchange } from '../support/raw-provider.ts';

const contributions: readonly PolicyContribution[] = [
  {
    policy: { policyId: 'p', revision: 1 },
    ownerId: 'bank',
    mode: 'ENFORCE',
    rules: { budgets: [{ name: 'pot', limit: 1_000_000_000n, window: 'TOTAL', per: 'PROJECT' }] },
  },
];

/** A stream that shows one letter while its provider counts `running` tokens of output. */
async function bookedAfter(
  running: number,
  then: (exchange: RawExchange) => void | Promise<void>,
  { isBound = false, leaves = false }: { readonly isBound?: boolean; readonly leaves?: boolean } = {},
) {
  const provider = await start(async exchange => {
    await exchange.write(streamHead + usageChunk(10, running) + chunk({ role: 'assistant', content: 'x' }));
    await then(exchange);
  });
  const opened = await openGate({
    providers: [{ id: 'acme', url: provider.url }],
    ...(isBound ? { rules: [budgets()], policies: { contributionsFor: () => contributions } } : {}),
  });
  const run = opened.gate.run(principal(), request(), embedded);
  for await (const batch of run.events) if (leaves && batch.some(({ type }) => type === 'text')) break;
  const completion = await booked(opened, run.id);
  const { budgets: pots } = opened.gate.effectivePolicy(principal());
  return { completion, states: await opened.gate.budgetStates(pots) };
}

const silent = () => {};

describe('hidden output that a provider has reported', () => {
  test('is booked where the stream was cut for it', async () => {
    const { completion, states } = await bookedAfter(50_000, silent, { isBound: true });
    expect(completion).toMatchObject({ status: 'INCOMPLETE', error: { code: 'BUDGET_EXCEEDED' } });
    expect(completion.usage).toMatchObject({
      inputTokens: 10,
      outputTokens: 50_000,
      cost: 50_010_000n,
      estimated: true,
    });
    expect(states).toEqual([{ spent: 50_010_000n, reserved: 0n }]);
  });

  test('is booked where the caller left', async () => {
    const { completion } = await bookedAfter(50_000, silent, { leaves: true });
    expect(completion).toMatchObject({ status: 'CANCELLED', usage: { outputTokens: 50_000, estimated: true } });
  });

  test('is booked where the provider broke off', async () => {
    const { completion } = await bookedAfter(50_000, exchange => exchange.end());
    expect(completion).toMatchObject({
      status: 'INCOMPLETE',
      error: { code: 'STREAM_CUT' },
      usage: { outputTokens: 50_000, estimated: true },
    });
  });

  test('control: a running count below what arrived does not hide what arrived', async () => {
    const { completion } = await bookedAfter(1, async exchange => {
      await exchange.write(chunk({ content: ' and some more words of it' }));
      exchange.end();
    });
    expect(completion.usage.outputTokens).toBeGreaterThan(5);
    expect(completion.usage.outputTokens).toBeLessThan(20);
  });
});

test('a stream that was cut for its reservation is booked at no less than what was reserved', async () => {
  const provider = await start(async exchange => {
    await exchange.write(streamHead);
    let hasLeft = false;
    void exchange.hungUp.then(() => {
      hasLeft = true;
    });
    // What is counted as it passes is more than each channel counts by itself.
    for (let turn = 0; turn < 20_000 && !hasLeft; turn += 1) {
      await exchange.write((chunk({ content: ' ' }) + chunk({ reasoning_content: '\n' })).repeat(20));
    }
    exchange.end();
  });
  const opened = await openGate({
    providers: [{ id: 'acme', url: provider.url }],
    rules: [budgets()],
    policies: { contributionsFor: () => contributions },
  });
  let assumed = noUsage;
  const { gate } = opened;
  const run = gate
    .observedBy({
      opened: () => ({
        attemptOpened({ assumedOnCrash }) {
          assumed = assumedOnCrash;
          return undefined;
        },
      }),
    })
    .run(principal(), request(), embedded);
  for await (const _ of run.events);
  const completion = await booked(opened, run.id);
  expect(completion.error?.code).toBe('BUDGET_EXCEEDED');
  expect(assumed.cost).toBeGreaterThan(64_000n);
  const { inputTokens } = assumed;
  expect(BigInt(inputTokens + completion.usage.outputTokens) * 1_000n).toBeGreaterThanOrEqual(assumed.cost);
});
