import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exclusion, ExclusionCode } from '../../src/model/route.ts';
import type { CandidateFacts } from '../../src/routing/candidate.ts';
import { countExclusions } from '../../src/routing/exclusion-counts.ts';
import { chooseAttempts, type PlanContext, planRoute } from '../../src/routing/plan.ts';
import { totalOf } from '../../src/routing/score.ts';
import { strategies } from '../../src/routing/strategies/index.ts';
import { candidate, noPreferences, plainNeeds, planContext } from '../support/candidates.ts';

const excluded = (code: ExclusionCode): Exclusion => ({ code, detail: 'for the test', enforced: true });

describe('planRoute', () => {
  test('tries the cheapest first, and says what each would have cost', () => {
    const { candidates, attempts } = planRoute(
      [candidate('dear', { dollars: 3 }), candidate('cheap', { dollars: 1 })],
      planContext(),
    );
    expect(attempts.map(({ provider }) => provider.id)).toEqual(['cheap', 'dear']);
    expect(candidates.map(({ status }) => status)).toEqual(['SELECTED', 'FALLBACK']);
    expect(candidates[0]?.expectedCost).toBe(200_000n);
  });

  test('names the provider of each as it was judged, those excluded too: its data policy can be read from the record', () => {
    const [open, closed] = [candidate('open'), candidate('closed', { facts: { ruled: [excluded('REGION')] } })];
    const { candidates } = planRoute([open, closed], planContext());
    expect(candidates.map(({ provider }) => provider)).toEqual([open.provider, closed.provider]);
  });

  test('lists every reason against an endpoint, and the place it would have had', () => {
    const { candidates } = planRoute(
      [
        candidate('out', { dollars: 0.1, facts: { ruled: [excluded('REGION')] }, endpoint: { contextTokens: 10 } }),
        candidate('in', { dollars: 2 }),
      ],
      planContext(),
    );
    expect(candidates[1]).toMatchObject({ status: 'EXCLUDED', wouldRank: 1 });
    expect(candidates[1]?.exclusions.map(({ code }) => code)).toEqual(['REGION', 'CONTEXT_LENGTH']);
  });

  test('never ejects the last allowed endpoint for its health, and never lets health bring back a forbidden one', () => {
    const open = { health: { state: 'OPEN', hadRecentOutage: true } } as const;
    const lone = candidate('lone', { facts: open });
    const forbidden = candidate('forbidden', { facts: { ruled: [excluded('REGION')] } });
    const ids = (...considered: Parameters<typeof planRoute>[0][number][]) =>
      planRoute(considered, planContext()).attempts.map(({ provider }) => provider.id);
    expect(ids(lone, forbidden)).toEqual(['lone']);
    expect(ids(lone, candidate('well'))).toEqual(['well']);
    expect(ids(forbidden)).toEqual([]);
  });

  test('keeps to the order that the caller gave, before price', () => {
    const preferences = { ...noPreferences, order: ['second', 'first'] };
    const { attempts } = planRoute(
      [candidate('first', { dollars: 1 }), candidate('third', { dollars: 0.1 }), candidate('second', { dollars: 9 })],
      planContext({ preferences }),
    );
    expect(attempts.map(({ provider }) => provider.id)).toEqual(['second', 'first', 'third']);
  });

  test.each<[string, Partial<PlanContext>, ExclusionCode]>([
    ['a capability it lacks', { needs: { ...plainNeeds, capabilities: ['REASONING'] } }, 'PARAMETERS'],
    ['a modality it cannot read', { needs: { ...plainNeeds, inputModalities: ['IMAGE'] } }, 'MODALITY'],
    ['a prompt too long for it', { needs: { ...plainNeeds, inputTokens: 200_000 } }, 'CONTEXT_LENGTH'],
    ['a price above the ceiling', { preferences: { ...noPreferences, maxPrice: { input: 1n } } }, 'MAX_PRICE'],
    ['the caller ignoring it', { preferences: { ...noPreferences, ignore: ['p'] } }, 'CALLER_IGNORED'],
    ['the caller wanting others', { preferences: { ...noPreferences, only: ['q'] } }, 'CALLER_ONLY'],
    ['a quantization not asked for', { preferences: { ...noPreferences, quantizations: ['fp8'] } }, 'QUANTIZATION'],
  ])('excludes an endpoint for %s', (_, changes, code) => {
    const { candidates, attempts } = planRoute([candidate('p')], planContext(changes));
    expect(attempts).toEqual([]);
    expect(candidates[0]?.exclusions.map(exclusion => exclusion.code)).toEqual([code]);
  });

  test('auto leaves a model from the day on which it is deprecated', () => {
    const ending = candidate('p', { endpoint: { deprecatedFrom: '2026-12-01' } });
    const codesOn = (today: string) =>
      planRoute([ending], planContext({ isAuto: true, today })).candidates[0]?.exclusions.map(({ code }) => code);
    expect(codesOn('2026-11-30')).toEqual([]);
    expect(codesOn('2026-12-01')).toEqual(['DEPRECATED']);
  });

  test('counts an unknown price as no answer to a ceiling, never as free', () => {
    const { price: _unknown, ...endpoint } = candidate('p').endpoint;
    const unpriced = { ...candidate('p'), endpoint };
    const preferences = { ...noPreferences, maxPrice: { output: 1_000_000_000_000n } };
    expect(planRoute([unpriced], planContext({ preferences })).candidates[0]?.exclusions[0]?.code).toBe(
      'UNKNOWN_PRICE',
    );
    expect(planRoute([unpriced, candidate('q', { dollars: 500 })], planContext()).attempts[0]?.provider.id).toBe('q');
  });

  test('moves an endpoint with a fault in the last 30 seconds behind dearer ones', () => {
    const shaky = candidate('shaky', { facts: { health: { state: 'DEGRADED', hadRecentOutage: true } } });
    const { attempts } = planRoute([shaky, candidate('dear', { dollars: 40 })], planContext());
    expect(attempts.map(({ provider }) => provider.id)).toEqual(['dear', 'shaky']);
  });

  test('tries the warm endpoint of a session first', () => {
    const { attempts } = planRoute(
      [candidate('cheap', { dollars: 0.1 }), candidate('warm')],
      planContext({ warmEndpointId: 'acme/one@warm' }),
    );
    expect(attempts[0]?.provider.id).toBe('warm');
  });

  test('spreads by 1/price²: a third of the price is nine times as likely', () => {
    let cheap = 0;
    const draws = 20_000;
    for (let index = 0; index < draws; index += 1) {
      const { attempts } = planRoute(
        [candidate('a', { dollars: 1 }), candidate('c', { dollars: 3 })],
        planContext({ strategy: strategies.BALANCED, seed: `draw ${index}` }),
      );
      if (attempts[0]?.provider.id === 'a') cheap += 1;
    }
    expect(cheap / draws).toBeGreaterThan(0.885);
    expect(cheap / draws).toBeLessThan(0.915);
  });

  test('gives every node the same plan: order by the sum of the score, whatever order the endpoints came in', () => {
    const sketch = fc.record({ dollars: fc.double({ min: 0, max: 100, noNaN: true }), isShaky: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(sketch, { minLength: 1, maxLength: 8 }),
        fc.string(),
        fc.boolean(),
        (sketches, seed, isDrawn) => {
          const considered = sketches.map(({ dollars, isShaky }, index) =>
            candidate(`p${index}`, { dollars, facts: { health: { state: 'HEALTHY', hadRecentOutage: isShaky } } }),
          );
          const context = planContext({ seed, strategy: isDrawn ? strategies.BALANCED : strategies.COST });
          const plan = planRoute(considered, context);
          const totals = plan.candidates.map(({ score }) => totalOf(score));
          expect(totals).toEqual([...totals].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0)));
          expect(planRoute([...considered].reverse(), context)).toEqual(plan);
        },
      ),
    );
  });

  test('an endpoint more never changes the order of the others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 6 }),
        fc.string(),
        (prices, seed) => {
          const considered = prices.map((dollars, index) => candidate(`p${index}`, { dollars }));
          const context = planContext({ seed, strategy: strategies.BALANCED });
          const order = planRoute(considered, context).candidates.map(({ endpoint }) => endpoint.id);
          const more = planRoute([...considered, candidate('more', { dollars: 7 })], context);
          expect(more.candidates.map(({ endpoint }) => endpoint.id).filter(id => !id.endsWith('@more'))).toEqual(order);
        },
      ),
    );
  });
});

describe('countExclusions', () => {
  test('marks the reasons that alone stand between the caller and an endpoint', () => {
    const { candidates } = planRoute(
      [
        candidate('a', { facts: { ruled: [excluded('REGION')] } }),
        candidate('b', { facts: { ruled: [excluded('REGION'), excluded('TRAINING')] } }),
      ],
      planContext(),
    );
    expect(countExclusions(candidates)).toEqual([
      { code: 'REGION', endpoints: 2, decisive: true },
      { code: 'TRAINING', endpoints: 1, decisive: false },
    ]);
  });
});

describe('chooseAttempts', () => {
  const reasons: readonly (readonly Exclusion[])[] = [
    [],
    [],
    [excluded('MAX_PRICE')],
    [{ ...excluded('REGION'), enforced: false }],
  ];
  const sketches = fc.array(
    fc.record({
      provider: fc.integer({ min: 0, max: 30 }),
      model: fc.integer({ min: 0, max: 3 }),
      dollars: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 5 })),
      modelRank: fc.integer({ min: 0, max: 2 }),
      reason: fc.integer({ min: 0, max: reasons.length - 1 }),
      isOpen: fc.boolean(),
      isCooling: fc.boolean(),
      hadRecentOutage: fc.boolean(),
      firstTokenP50Ms: fc.option(fc.integer({ min: 1, max: 9_000 }), { nil: undefined }),
      throughput: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
    }),
    { maxLength: 40 },
  );

  test('makes the attempts that the whole plan names, in the same order', () => {
    const strategyIds = fc.constantFrom('COST', 'BALANCED', 'LATENCY', 'THROUGHPUT' as const);
    fc.assert(
      fc.property(sketches, strategyIds, fc.boolean(), fc.string(), (drawn, strategyId, allowFallbacks, seed) => {
        const all = drawn.map((sketch, index) =>
          candidate(`p${sketch.provider}-${index}`, {
            endpoint: { modelId: `acme/${sketch.model}`, id: `acme/${sketch.model}@p${sketch.provider}-${index}` },
            ...(sketch.dollars === undefined ? {} : { dollars: sketch.dollars }),
            facts: {
              modelRank: sketch.modelRank,
              model: { ...candidate('any').model, id: `acme/${sketch.model}` },
              ruled: reasons[sketch.reason] ?? [],
              health: {
                state: sketch.isOpen ? 'OPEN' : 'HEALTHY',
                hadRecentOutage: sketch.hadRecentOutage,
                ...(sketch.firstTokenP50Ms === undefined ? {} : { firstTokenP50Ms: sketch.firstTokenP50Ms }),
                ...(sketch.throughput === undefined ? {} : { throughput: sketch.throughput }),
              },
              ...(sketch.isCooling ? { coolingUntil: 2_000_000 } : {}),
            },
          }),
        );
        const context = planContext({
          seed,
          strategy: strategies[strategyId],
          preferences: { ...noPreferences, allowFallbacks },
        });
        const open = all.map(facts => ({ modelRank: facts.modelRank, endpoints: [facts] }));
        const options = {
          open,
          healthOf: (facts: CandidateFacts) => facts.health,
          judge: (facts: CandidateFacts) => facts,
        };
        const ids = (attempts: readonly CandidateFacts[]) => attempts.map(({ endpoint }) => endpoint.id);
        expect(ids(chooseAttempts(options, context).attempts)).toEqual(ids(planRoute(all, context).attempts));
      }),
      { numRuns: 500 },
    );
  });

  test('keeps for later what only a rate limit holds back, and for the last what is broken', () => {
    const facts = [
      candidate('clear'),
      candidate('limited', { facts: { coolingUntil: Date.UTC(2100, 0) } }),
      candidate('broken', { facts: { health: { state: 'OPEN', hadRecentOutage: true } } }),
    ];
    const open = [{ modelRank: 0, endpoints: facts }];
    const chosen = chooseAttempts({ open, healthOf: ({ health }) => health, judge: known => known }, planContext());
    const ids = (list: readonly CandidateFacts[]) => list.map(({ provider }) => provider.id);
    expect([chosen.attempts, chosen.waiting, chosen.lastResorts].map(ids)).toEqual([
      ['clear'],
      ['limited'],
      ['broken'],
    ]);
  });

  test('looks at no more than it takes to find them', () => {
    const all = Array.from({ length: 100 }, (_, index) => candidate(`p${index}`, { dollars: index + 1 }));
    let looked = 0;
    const judge = (facts: CandidateFacts) => {
      looked += 1;
      return facts;
    };
    const { attempts } = chooseAttempts(
      { open: [{ modelRank: 0, endpoints: all }], healthOf: ({ health }) => health, judge },
      planContext(),
    );
    expect(attempts.map(({ provider }) => provider.id)).toEqual(['p0', 'p1', 'p2']);
    expect(looked).toBe(3);
  });
});

test('explains only the best, where no more is asked for', () => {
  const all = Array.from({ length: 20 }, (_, index) => candidate(`p${index}`, { dollars: index + 1 }));
  const whole = planRoute(all, planContext());
  const best = planRoute(all, planContext(), 5);
  expect(best.candidates).toEqual(whole.candidates.slice(0, 5));
  expect(best.attempts).toEqual(whole.attempts);
});
