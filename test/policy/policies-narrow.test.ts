import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyContribution, PolicyRules } from '../../src/model/policy.ts';
import type { EndpointFacts } from '../../src/policy/constraint.ts';
import { evaluatePolicies, exclusionsOf } from '../../src/policy/evaluate.ts';
import { matchesAny } from '../../src/policy/pattern.ts';
import { limits } from '../../src/policy/rules/limits.ts';
import { modelAccess } from '../../src/policy/rules/models.ts';
import { region } from '../../src/policy/rules/region.ts';
import { retention } from '../../src/policy/rules/retention.ts';
import { candidate } from '../support/candidates.ts';

const rules = [region(), retention(), modelAccess(), limits()];
const places = ['eu', 'eu-west-1', 'us', 'us-east-1', 'de', 'atlantis'];
const names = ['acme/one', 'acme/*', '*', 'beta/two', '*@p1', 'nobody'];
const providers = ['p1', 'p2', 'acme', 'p*'];
const some = (values: readonly string[]) => fc.option(fc.subarray([...values]), { nil: undefined });
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

const rulesOf: fc.Arbitrary<PolicyRules> = fc
  .record({
    region: fc.option(fc.record({ allow: some(places), deny: some(places) }).map(defined), { nil: undefined }),
    retention: fc.option(
      fc
        .record({
          provider: fc.constantFrom(undefined, 'NONE', 'SAFETY_ONLY', 'LIMITED', 'INDEFINITE'),
          maxRetentionDays: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
          allowTraining: fc.constantFrom(undefined, true, false),
        })
        .map(defined),
      { nil: undefined },
    ),
    models: fc.option(
      fc
        .record({
          allow: some(names),
          deny: some(names),
          allowProviders: some(providers),
          denyProviders: some(providers),
        })
        .map(defined),
      { nil: undefined },
    ),
    limits: fc.option(
      fc
        .record({
          maxInputTokens: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
          maxCost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 6n }), { nil: undefined }),
        })
        .map(defined),
      { nil: undefined },
    ),
  })
  .map(defined) as fc.Arbitrary<PolicyRules>;

const policies = fc
  .array(fc.record({ rules: rulesOf, mode: fc.constantFrom('ENFORCE', 'MONITOR', 'DISABLED' as const) }), {
    maxLength: 6,
  })
  .map(drawn =>
    drawn.map(
      ({ rules: drawnRules, mode }, index): PolicyContribution => ({
        policy: { policyId: `p${index}`, revision: 1 },
        mode,
        rules: drawnRules,
      }),
    ),
  );

const endpoints: readonly EndpointFacts[] = places.flatMap((place, index) => [
  candidate(`p${index}`, {
    dollars: index,
    provider: { region: place, dataPolicy: { retention: 'NONE', training: false } },
  }),
  candidate(`p${index}x`, {
    dollars: 3,
    endpoint: { modelId: 'beta/two' },
    provider: {
      region: place,
      vendor: 'acme',
      dataPolicy: { retention: 'LIMITED', retentionDays: 30, training: index % 2 === 0 },
    },
  }),
  candidate(`q${index}`),
]);

const size = { inputTokens: 100, maxOutputTokens: 100 };

function eligible(contributions: readonly PolicyContribution[]): readonly string[] {
  const { constraints } = evaluatePolicies(contributions, rules);
  return endpoints
    .filter(facts => exclusionsOf(facts, constraints, size).every(({ enforced }) => !enforced))
    .map(({ endpoint }) => endpoint.id);
}

describe('over policies of all kinds and modes', () => {
  test('one more never makes an endpoint eligible', () => {
    fc.assert(
      fc.property(policies, policies, (left, right) => {
        const before = eligible(left);
        for (const id of eligible([...left, ...right])) expect(before).toContain(id);
      }),
    );
  });

  test('the order does not matter', () => {
    fc.assert(
      fc.property(policies, fc.infiniteStream(fc.nat()), (drawn, order) => {
        const shuffled = drawn
          .map(policy => ({ policy, place: order.next().value ?? 0 }))
          .sort((left, right) => left.place - right.place);
        expect(eligible(shuffled.map(({ policy }) => policy))).toEqual(eligible(drawn));
      }),
    );
  });

  test('what one alone refuses is refused by all of them together, and nothing else is', () => {
    fc.assert(
      fc.property(policies, drawn => {
        const together = eligible(drawn);
        const alone = drawn.map(policy => eligible([policy]));
        expect(together).toEqual(
          endpoints.map(({ endpoint }) => endpoint.id).filter(id => alone.every(ids => ids.includes(id))),
        );
      }),
    );
  });

  test('those that only monitor, or are disabled, change nothing', () => {
    fc.assert(
      fc.property(policies, drawn => {
        expect(eligible(drawn.filter(({ mode }) => mode === 'ENFORCE'))).toEqual(eligible(drawn));
      }),
    );
  });

  test('a model that nobody had heard of is bound as all others are', () => {
    fc.assert(
      fc.property(rulesOf, drawn => {
        const { constraints } = evaluatePolicies([{ mode: 'ENFORCE', rules: drawn }], rules);
        const old = candidate('p1', { dollars: 3, provider: { region: 'us-east-1' } });
        const added = candidate('p1', {
          dollars: 3,
          provider: { region: 'us-east-1' },
          endpoint: { modelId: 'new/model' },
        });
        const others = exclusionsOf(old, constraints, size).filter(({ code }) => code !== 'MODEL_ACCESS');
        expect(exclusionsOf(added, constraints, size).filter(({ code }) => code !== 'MODEL_ACCESS')).toEqual(others);
      }),
    );
  });
});

test('a pattern matches as its regular expression would, and an enforcer that is there twice counts once', () => {
  const piece = fc.stringMatching(/^[aB*/]{0,6}$/);
  fc.assert(
    fc.property(piece, fc.stringMatching(/^[abB/]{0,8}$/), (pattern, name) => {
      const expression = new RegExp(
        `^${pattern
          .split('*')
          .map(text => text.replace(/[/]/g, '\\/'))
          .join('.*')}$`,
        'i',
      );
      expect(matchesAny([pattern], [name])).toBe(expression.test(name));
    }),
    { numRuns: 1_000 },
  );
  const demanded: PolicyContribution = { mode: 'ENFORCE', rules: { region: { allow: ['eu'] } } };
  const always = evaluatePolicies([], []).constraints.length;
  expect(evaluatePolicies([demanded], [region(), region()]).constraints).toHaveLength(always + 1);
});
