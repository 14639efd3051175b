import { expect, test } from 'vitest';
import type { PolicyContribution } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import { memoryHealthStore } from '../../src/stores/memory/health-store.ts';
import { start } from '../support/called-provider.ts';
import { booked, embedded, endOf, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, chunk, done, streamHead } from '../support/openai-bytes.ts';

const contributions: readonly PolicyContribution[] = [
  {
    policy: { policyId: 'p', revision: 1 },
    ownerId: 'bank',
    mode: 'ENFORCE',
    rules: { budgets: [{ name: 'pot', limit: 1_000_000_000n, window: 'TOTAL', per: 'PROJECT' }] },
  },
];
const bound = { rules: [budgets()], policies: { contributionsFor: () => contributions } };

/** A run whose prompt can be counted no more, once its provider was called, if it `breaks`. */
async function runOnce(breaks: boolean, text: string) {
  let isBroken = false;
  const parameters = {
    toJSON() {
      if (isBroken) throw new Error('broken');
      return { type: 'object' };
    },
  };
  const provider = await start(async exchange => {
    isBroken = breaks;
    await exchange.write(streamHead + (text === '' ? '' : chunk({ role: 'assistant', content: text })));
    await exchange.write(chunk({}, 'stop') + done);
    exchange.end();
  });
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], ...bound });
  const prompt = { tools: [{ name: 'look', parameters }] };
  const run = opened.gate.run(principal(), request({ prompt }), embedded);
  const last = await endOf(run);
  const completion = await booked(opened, run.id);
  const { budgets: pots } = opened.gate.effectivePolicy(principal());
  return { last, completion, provider, states: await opened.gate.budgetStates(pots) };
}

test.each(['Hi', ''])('a fault of the gateway after the call books what was assumed, never nothing: %j', async text => {
  const { last, completion, provider, states } = await runOnce(true, text);
  expect(provider.requests).toHaveLength(1);
  expect(last.completion.error?.code).toBe('INTERNAL');
  expect(completion.attempts).toMatchObject([{ outcome: 'UNKNOWN', usage: { outputTokens: 64, estimated: true } }]);
  const [attempt] = completion.attempts;
  expect(attempt?.usage.cost).toBeGreaterThan(64_000n);
  expect(completion.usage).toEqual(attempt?.usage);
  expect(states).toEqual([{ spent: attempt?.usage.cost, reserved: 0n }]);
});

test('control: without a fault what was counted is booked', async () => {
  const { last, completion } = await runOnce(false, 'Hi');
  expect(last.type).toBe('finished');
  expect(completion.usage.outputTokens).toBeLessThan(5);
});

test('an endpoint whose health cannot be noted is booked all the same, and its caller answered', async () => {
  const provider = await start(exchange => answerWith(exchange, 'Hi'));
  const health = {
    ...memoryHealthStore(),
    record() {
      throw new Error('broken');
    },
  };
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], ...bound, health });
  const run = opened.gate.run(principal(), request(), embedded);
  expect((await endOf(run)).type).toBe('finished');
  expect(await booked(opened, run.id)).toMatchObject({
    status: 'FINISHED',
    usage: { cost: 15_000n, estimated: false },
  });
  const { budgets: pots } = opened.gate.effectivePolicy(principal());
  expect(await opened.gate.budgetStates(pots)).toEqual([{ spent: 15_000n, reserved: 0n }]);
});
