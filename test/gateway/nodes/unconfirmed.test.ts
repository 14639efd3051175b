import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import type { PolicySource } from '../../../src/gateway/core.ts';
import type { CompletionEvent } from '../../../src/model/completion.ts';
import type { PolicyContribution, PolicyRules } from '../../../src/model/policy.ts';
import { modelAccess } from '../../../src/policy/rules/models.ts';
import type { LedgerStore } from '../../../src/stores/ledger-store.ts';
import {
  booked,
  closeAfterTest,
  embedded,
  endOf,
  type OpenGateOptions,
  openGate,
  principal,
  request,
} from '../../support/open-gate.ts';
import { answerWith, chunk, failWith, streamHead } from '../../support/openai-bytes.ts';
import { type RawScript, startRawProvider } from '../../support/raw-provider.ts';

const by = principal();

/** Policies of a node that can lose sight of them; where it goes by the last that it knew, a test can set that. */
function losablePolicies({ goesByLastKnown = false } = {}) {
  let isKnown = true;
  const none: readonly PolicyContribution[] = [];
  let lastKnown = none;
  const listeners = new Set<() => void>();
  const source: PolicySource = {
    contributionsFor() {
      if (!isKnown)
        throw new GatewayError('STORE_UNAVAILABLE', 'This node cannot confirm which policies are in force.');
      return none;
    },
    ...(goesByLastKnown ? { lastKnownFor: () => lastKnown } : {}),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    source,
    lose() {
      isKnown = false;
    },
    change(rules?: PolicyRules) {
      if (rules !== undefined) lastKnown = [{ policy: { policyId: 'house', revision: 1 }, mode: 'ENFORCE', rules }];
      for (const listener of listeners) listener();
    },
  };
}

async function open(scripts: readonly RawScript[], policies: PolicySource, ledger?: OpenGateOptions['ledger']) {
  const providers = await Promise.all(scripts.map(script => startRawProvider(script)));
  for (const provider of providers) closeAfterTest(provider.close);
  const opened = await openGate({
    providers: providers.map(({ url }, index) => ({ id: `p${index}`, url })),
    policies,
    rules: [modelAccess()],
    ...(ledger === undefined ? {} : { ledger }),
  });
  return { ...opened, providers };
}

const unavailable = expect.objectContaining({ code: 'STORE_UNAVAILABLE', retryable: true });

describe('a node that cannot confirm its policies', () => {
  test('refuses to run, to route and to say what is in force, and calls nobody', async () => {
    const { source, lose } = losablePolicies();
    const { gate, providers } = await open([exchange => answerWith(exchange, 'x')], source);
    lose();
    expect(() => gate.run(by, request(), embedded)).toThrow(unavailable);
    expect(() => gate.route(by, request())).toThrow(unavailable);
    expect(() => gate.effectivePolicy(by)).toThrow(unavailable);
    expect(() => gate.exclusionsFor(by)).toThrow(unavailable);
    expect(gate.activeRuns).toBe(0);
    expect(providers[0]?.connections).toBe(0);
  });

  test('lets no request go on to another provider', async () => {
    const { source, lose } = losablePolicies();
    const script: RawScript = async exchange => {
      lose();
      await failWith(exchange, 404);
    };
    const opened = await open([script, script], source);
    const run = opened.gate.run(by, request(), embedded);
    expect(await endOf(run)).toMatchObject({ type: 'failed', error: { code: 'STORE_UNAVAILABLE' } });
    expect(opened.providers.map(({ connections }) => connections).sort()).toEqual([0, 1]);
    const completion = await booked(opened, run.id);
    expect(completion).toMatchObject({ status: 'FAILED', error: { code: 'STORE_UNAVAILABLE' } });
    expect(completion.attempts).toHaveLength(1);
  });

  test('control: one that can lets it go on', async () => {
    const { source } = losablePolicies();
    const fail: RawScript = exchange => failWith(exchange, 404);
    const { gate, providers } = await open([fail, fail], source);
    await endOf(gate.run(by, request(), embedded));
    expect(providers.map(({ connections }) => connections)).toEqual([1, 1]);
  });

  test('sends nothing that it has journalled already, and charges nothing for it', async () => {
    const { source, lose } = losablePolicies();
    const losing = (real: LedgerStore): LedgerStore => ({
      ...real,
      async openAttempt(attempt) {
        await real.openAttempt(attempt);
        lose();
      },
    });
    const opened = await open([exchange => answerWith(exchange, 'x')], source, losing);
    const run = opened.gate.run(by, request(), embedded);
    expect(await endOf(run)).toMatchObject({ type: 'failed', error: { code: 'STORE_UNAVAILABLE' } });
    expect(opened.providers[0]?.connections).toBe(0);
    expect(await booked(opened, run.id)).toMatchObject({ status: 'FAILED', usage: { inputTokens: 0, cost: 0n } });
  });

  test.each([
    ['ends a stream of which nobody can tell whether a change allows it', false, {}, 'STORE_UNAVAILABLE'],
    [
      'ends a stream that a rule cuts which it knows of',
      true,
      { models: { deny: ['acme/*'], cutStreams: true } },
      'NO_ELIGIBLE_ENDPOINT',
    ],
    ['lets a stream go on that no rule cuts which it knows of', true, { models: { deny: ['acme/*'] } }, undefined],
    ['lets a stream go on where nothing changes', false, undefined, undefined],
  ] as const)('%s', async (_title, goesByLastKnown, rules, code) => {
    const { source, lose, change } = losablePolicies({ goesByLastKnown });
    const go = Promise.withResolvers<void>();
    const { gate } = await open(
      [
        async exchange => {
          await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Hel' }));
          await Promise.race([go.promise, exchange.hungUp]);
          await exchange.write(`${chunk({ content: 'lo' })}${chunk({}, 'stop')}data: [DONE]\n\n`);
          exchange.end();
        },
      ],
      source,
    );
    const run = gate.run(by, request(), embedded);
    const events: CompletionEvent[] = [];
    for await (const batch of run.events) {
      events.push(...batch);
      if (events.at(-1)?.type !== 'text') continue;
      lose();
      if (rules !== undefined) change(rules);
      go.resolve();
    }
    expect(events.at(-1)).toMatchObject(
      code === undefined ? { type: 'finished' } : { type: 'incomplete', error: { code } },
    );
  });
});
