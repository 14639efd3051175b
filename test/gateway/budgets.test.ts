import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import type { BudgetRule, PolicyContribution } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import { delta, done, start, stop } from '../support/called-provider.ts';
import { booked, embedded, endOf, model, openGate, principal, request } from '../support/open-gate.ts';
import { chunk as frame, lastChunk, type RawScript, streamHead } from '../support/raw-provider.ts';

const dollar = 1_000_000_000n;
const pot: BudgetRule = { name: 'pot', limit: dollar, window: 'TOTAL', per: 'PROJECT' };
const rules = [budgets()];

/** `acme/one` costs a dollar per million tokens, so a token is 1,000 nano-dollars. */
const nanosPerToken = 1_000n;

function bound(rule: Partial<BudgetRule>, mode: PolicyContribution['mode'] = 'ENFORCE') {
  const contributions: readonly PolicyContribution[] = [
    { policy: { policyId: 'p', revision: 1 }, ownerId: 'bank', mode, rules: { budgets: [{ ...pot, ...rule }] } },
  ];
  return { contributionsFor: () => contributions };
}

const usage = (input: number, output: number) =>
  `data: {"id":"c","choices":[],"usage":{"prompt_tokens":${input},"completion_tokens":${output}}}\n\n`;

const answering =
  (input: number, output: number): RawScript =>
  async exchange => {
    await exchange.write(`${streamHead()}${frame(delta('Hi') + stop + usage(input, output) + done)}${lastChunk}`);
  };

/** What a request of the test's size may cost at most. */
async function worstCase(): Promise<bigint> {
  const provider = await start(answering(1, 1));
  const opened = await openGate({
    providers: [{ id: 'acme', url: provider.url }],
    rules,
    policies: bound({ limit: 0n }),
  });
  const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
  const needed = /may cost ([\d.]+) dollars/.exec(completion.error?.message ?? '')?.[1] ?? '';
  return BigInt(Math.round(Number(needed) * 1e9));
}

describe('a budget', () => {
  test('refuses before a provider is called, and says which rule and what is left', async () => {
    const provider = await start(answering(1, 1));
    const policies = bound({ limit: 5n, window: 'DAY' });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies });
    const run = opened.gate.run(principal(), request(), embedded);
    const { completion } = await endOf(run);
    expect(completion).toMatchObject({
      status: 'REFUSED',
      attempts: [],
      error: {
        code: 'BUDGET_EXCEEDED',
        limitedBy: {
          rule: 'BUDGETS',
          name: 'pot',
          per: 'PROJECT',
          unit: 'DOLLARS',
          limit: '0.000000005',
          remaining: '0.000000005',
          policy: { policyId: 'p', revision: 1 },
        },
      },
    });
    // It is beyond the whole limit, so no waiting helps.
    expect(completion.error?.retryAfterMs).toBeUndefined();
    expect(provider.requests).toHaveLength(0);
    expect((await booked(opened, run.id)).error?.limitedBy?.name).toBe('pot');
  });

  test('says when to come back to what would fit an unspent one', async () => {
    const provider = await start(answering(1, 1));
    const policies = bound({ limit: await worstCase(), window: 'DAY' });
    const { gate } = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies });
    const first = await endOf(gate.run(principal(), request(), embedded));
    expect(first.completion.status).toBe('FINISHED');
    const { error } = (await endOf(gate.run(principal(), request(), embedded))).completion;
    expect(error?.code).toBe('BUDGET_EXCEEDED');
    expect(error?.retryAfterMs).toBeGreaterThan(0);
    expect(error?.retryAfterMs).toBeLessThanOrEqual(86_400_000);
  });

  test('admits exactly as many at once as their worst cases fit, and none more', async () => {
    const most = await worstCase();
    const open = Promise.withResolvers<void>();
    const provider = await start(async exchange => {
      await open.promise;
      await answering(20, 5)(exchange);
    });
    const policies = bound({ limit: most * 3n });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies });
    const runs = Array.from({ length: 20 }, () => opened.gate.run(principal(), request(), embedded));
    const ends = Promise.all(runs.map(endOf));
    await provider.request(2);
    open.resolve();
    const codes = (await ends).map(({ completion }) => completion.error?.code ?? completion.status);
    expect(codes.filter(code => code === 'FINISHED')).toHaveLength(3);
    expect(codes.filter(code => code === 'BUDGET_EXCEEDED')).toHaveLength(17);
    expect(provider.requests).toHaveLength(3);
    const { budgets: pots } = opened.gate.effectivePolicy(principal());
    expect(await opened.gate.budgetStates(pots)).toEqual([{ spent: 75n * nanosPerToken, reserved: 0n }]);
  });

  test('of a tenant does not touch that of another', async () => {
    const most = await worstCase();
    const provider = await start(answering(20, 5));
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ limit: most }),
    });
    const statusOf = async (projectId: string) => {
      const { completion } = await endOf(opened.gate.run(principal({ projectId }), request(), embedded));
      return completion.error?.code ?? completion.status;
    };
    expect(await statusOf('bank')).toBe('FINISHED');
    expect(await statusOf('bank')).toBe('BUDGET_EXCEEDED');
    expect(await statusOf('shop')).toBe('FINISHED');
  });

  test('counts who has no API key by the user, and who has neither by the project, so that nobody is counted nowhere', async () => {
    const opened = await openGate({ providers: [], rules, policies: bound({ per: 'API_KEY' }) });
    const keyOf = (changes: Parameters<typeof principal>[0]) =>
      opened.gate.effectivePolicy(principal(changes)).budgets.map(({ level }) => level.key);
    const keys = [keyOf({ apiKeyId: 'k' }), keyOf({ user: 'k' }), keyOf({}), keyOf({ projectId: 'k' })].flat();
    expect(new Set(keys).size).toBe(4);
    expect(keyOf({ apiKeyId: 'k', user: 'u' })).toEqual(keyOf({ apiKeyId: 'k', user: 'v' }));
  });

  test('under MONITOR refuses nothing, counts, and tells', async () => {
    const provider = await start(answering(20, 5));
    const told: Alert[] = [];
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ limit: 20n * nanosPerToken }, 'MONITOR'),
      observers: [{ opened: () => undefined, alerted: alert => void told.push(alert) }],
    });
    for (let turn = 0; turn < 2; turn += 1) {
      const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
      expect(completion.status).toBe('FINISHED');
    }
    const { budgets: pots } = opened.gate.effectivePolicy(principal());
    expect(await opened.gate.budgetStates(pots)).toEqual([{ spent: 50n * nanosPerToken, reserved: 0n }]);
    expect(told.map(alert => alert.type === 'budget.threshold' && alert.threshold)).toEqual([80, 100]);
    expect(told[0]).toMatchObject({ budget: 'pot', policyId: 'p', tenantId: 'bank', per: 'PROJECT', scopeId: 'bank' });
  });

  test('reserves what the dearest endpoint of the plan may cost, whichever answers', async () => {
    const provider = await start(answering(20, 5));
    const models = [model('acme/one', '1')];
    const dear = [model('acme/one', '100')];
    const most = await worstCase();
    const providers = [
      { id: 'cheap', url: provider.url, models },
      { id: 'dear', url: provider.url, models: dear },
    ];
    const withBoth = await openGate({ providers, rules, policies: bound({ limit: most * 100n - 1n }) });
    expect((await endOf(withBoth.gate.run(principal(), request(), embedded))).completion.error?.code).toBe(
      'BUDGET_EXCEEDED',
    );
    const enough = await openGate({ providers, rules, policies: bound({ limit: most * 100n }) });
    expect((await endOf(enough.gate.run(principal(), request(), embedded))).completion.status).toBe('FINISHED');
    const cheapOnly = await openGate({ providers, rules, policies: bound({ limit: most }) });
    const narrowed = request({ routing: { only: ['cheap'] } });
    expect((await endOf(cheapOnly.gate.run(principal(), narrowed, embedded))).completion.status).toBe('FINISHED');
  });

  test('refuses an endpoint whose price nobody knows', async () => {
    const provider = await start(answering(20, 5));
    const models = [model('acme/one', '')];
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url, models }],
      rules,
      policies: bound({}),
    });
    const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
    expect(completion.error).toMatchObject({
      code: 'NO_ELIGIBLE_ENDPOINT',
      excludedBy: [expect.objectContaining({ code: 'UNKNOWN_PRICE' })],
    });
    expect(provider.requests).toHaveLength(0);
  });

  test('refuses media by URL where nobody knows what one may count, and reserves that where it is known', async () => {
    const provider = await start(answering(20, 5));
    const image = { type: 'image', media: { url: 'https://images.invalid/a.png' }, cacheUpToHere: false } as const;
    const prompt = { messages: [{ role: 'USER', parts: [image], toolCalls: [] }] } as const;
    const sees = { ...model('acme/one'), inputModalities: ['TEXT', 'IMAGE'] } as const;
    const unknown = await openGate({
      providers: [{ id: 'acme', url: provider.url, models: [sees] }],
      rules,
      policies: bound({}),
    });
    const refused = await endOf(unknown.gate.run(principal(), request({ prompt }), embedded));
    expect(refused.completion.error?.code).toBe('NO_ELIGIBLE_ENDPOINT');
    const known = [{ ...sees, maxMediaTokens: 5_000 }];
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url, models: known }],
      rules,
      policies: bound({ limit: 5_000n * nanosPerToken }),
    });
    const dear = await endOf(opened.gate.run(principal(), request({ prompt }), embedded));
    expect(dear.completion.error?.code).toBe('BUDGET_EXCEEDED');
    const enough = await openGate({
      providers: [{ id: 'acme', url: provider.url, models: known }],
      rules,
      policies: bound({}),
    });
    expect((await endOf(enough.gate.run(principal(), request({ prompt }), embedded))).completion.status).toBe(
      'FINISHED',
    );
  });

  test('sends its own output limit where the caller set none, and leaves a limit that was set', async () => {
    const provider = await start(answering(20, 5));
    const policies = bound({ defaultMaxOutputTokens: 7 });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies });
    await endOf(opened.gate.run(principal(), request({ usesDefaultOutputLimit: true }), embedded));
    await endOf(opened.gate.run(principal(), request(), embedded));
    const sent = provider.requests.map(({ body }) => (JSON.parse(body) as { max_tokens: number }).max_tokens);
    expect(sent).toEqual([7, 64]);
  });
});

describe('a stream that goes on beyond its reservation', () => {
  const endless: RawScript = async exchange => {
    await exchange.write(streamHead());
    const words = Array.from({ length: 40 }, (_, at) => `word${at} `).join('');
    let hasLeft = false;
    void exchange.hungUp.then(() => {
      hasLeft = true;
    });
    for (let turn = 0; turn < 2_000 && !hasLeft; turn += 1) await exchange.write(frame(delta(words)));
    exchange.end();
  };

  test('is cut, ends as incomplete for its budget, and is booked with what came', async () => {
    const provider = await start(endless);
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies: bound({}) });
    const run = opened.gate.run(principal(), request(), embedded);
    const { completion } = await endOf(run);
    expect(completion).toMatchObject({ status: 'INCOMPLETE', error: { code: 'BUDGET_EXCEEDED', retryable: false } });
    // 64 tokens were asked for; counting goes by stretches, so a little more may have passed.
    expect(completion.usage.outputTokens).toBeLessThan(3_000);
    const { budgets: pots } = opened.gate.effectivePolicy(principal());
    expect(await opened.gate.budgetStates(pots)).toEqual([{ spent: completion.usage.cost, reserved: 0n }]);
  });

  test('control: where no budget binds it goes on to its end', async () => {
    const provider = await start(endless);
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules });
    const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
    expect(completion.error?.code).not.toBe('BUDGET_EXCEEDED');
    expect(completion.usage.outputTokens).toBeGreaterThan(3_000);
  });
});

describe('what an attempt has cost in the end', () => {
  test('is settled for one that failed and for the one that answered, each once', async () => {
    const failing: RawScript = async exchange => {
      await exchange.write('HTTP/1.1 503 Oops\r\ncontent-length: 2\r\n\r\n{}');
    };
    const bad = await start(failing);
    const good = await start(answering(20, 5));
    const providers = [
      { id: 'bad', url: bad.url, models: [model('acme/one', '0.5')] },
      { id: 'good', url: good.url },
    ];
    const opened = await openGate({ providers, rules, policies: bound({}) });
    const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
    expect(completion.attempts).toHaveLength(2);
    const { budgets: pots } = opened.gate.effectivePolicy(principal());
    expect(await opened.gate.budgetStates(pots)).toEqual([{ spent: 25n * nanosPerToken, reserved: 0n }]);
  });

  test('is what arrived where the caller left, and nothing stays reserved', async () => {
    const provider = await start(async exchange => {
      await exchange.write(`${streamHead()}${frame(delta('Some words of an answer'))}`);
    });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], rules, policies: bound({}) });
    const run = opened.gate.run(principal(), request(), embedded);
    for await (const batch of run.events) if (batch.some(event => event.type === 'text')) break;
    const completion = await booked(opened, run.id);
    expect(completion.status).toBe('CANCELLED');
    expect(completion.usage.cost).toBeGreaterThan(0n);
    const { budgets: pots } = opened.gate.effectivePolicy(principal());
    expect(await opened.gate.budgetStates(pots)).toEqual([{ spent: completion.usage.cost, reserved: 0n }]);
    expect(await opened.stores.ledger.budgetTotals('bank', Date.now())).toEqual(
      new Map([[pots[0]?.level.key, expect.objectContaining({ cost: completion.usage.cost })]]),
    );
  });

  test('beyond the limit is shown as overdrawn spending, where a provider charges more than was allowed', async () => {
    const most = await worstCase();
    const provider = await start(answering(20, 5_000_000));
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      rules,
      policies: bound({ limit: most }),
    });
    await endOf(opened.gate.run(principal(), request(), embedded));
    const { budgets: pots } = opened.gate.effectivePolicy(principal());
    const [state] = await opened.gate.budgetStates(pots);
    expect(state?.spent).toBe(5_000_020n * nanosPerToken);
    const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
    expect(completion.error?.code).toBe('BUDGET_EXCEEDED');
  });
});
