import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyContribution, RegionRule, RetentionRule } from '../../src/model/policy.ts';
import { clear, type Evaluation, evaluatePolicies, exclusionsOf } from '../../src/policy/evaluate.ts';
import { liesIn } from '../../src/policy/regions.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { region } from '../../src/policy/rules/region.ts';
import { retention } from '../../src/policy/rules/retention.ts';
import type { CandidateFacts } from '../../src/routing/candidate.ts';
import { candidate } from '../support/candidates.ts';

const rules = [region(), retention()];

function policy(id: string, settings: PolicyContribution['rules'], mode: PolicyContribution['mode'] = 'ENFORCE') {
  return { policy: { policyId: id, revision: 1 }, mode, rules: settings } satisfies PolicyContribution;
}

function clearAt(facts: CandidateFacts, evaluations: readonly Evaluation[]) {
  const asked = { endpoint: facts.endpoint, mayStore: true, prompt: { maxOutputTokens: 100 } };
  return clear(asked, { facts, inputTokens: 10, evaluations, further: [] });
}

const inDublin = candidate('dublin', {
  provider: { region: 'eu-west-1', dataPolicy: { retention: 'NONE', training: false } },
});
const somewhere = candidate('somewhere');

describe('clear', () => {
  test('clears what every policy allows, and nothing else', () => {
    const evaluation = evaluatePolicies([policy('eu', { region: { allow: ['eu'] } })], rules);
    expect(clearAt(inDublin, [evaluation])).toHaveProperty('cleared');
    expect(clearAt(somewhere, [evaluation])).toMatchObject({
      exclusions: [{ code: 'REGION', policy: { policyId: 'eu', revision: 1 }, enforced: true }],
    });
  });

  test('control: without the enforcer in its place the request is refused, not passed', () => {
    const evaluation = evaluatePolicies([policy('eu', { region: { allow: ['eu'] } })], [retention()]);
    expect(clearAt(inDublin, [evaluation])).toMatchObject({ unenforceable: ['REGION'] });
  });

  test('refuses where a rule throws, at compiling or at judging', () => {
    const broken: Rule = {
      kind: 'REGION',
      demands() {
        throw new Error('broken');
      },
    };
    const breaking: Rule = {
      kind: 'REGION',
      demands: () => ({
        mayStore: true,
        constraints: [
          {
            rejects() {
              throw new Error('breaking');
            },
          },
        ],
      }),
    };
    for (const rule of [broken, breaking]) {
      const evaluation = evaluatePolicies([policy('eu', { region: { allow: ['eu'] } })], [rule]);
      expect(clearAt(inDublin, [evaluation])).not.toHaveProperty('cleared');
    }
  });

  test('records what a policy under MONITOR would have excluded, and lets it pass', () => {
    const evaluation = evaluatePolicies([policy('eu', { region: { allow: [] } }, 'MONITOR')], rules);
    expect(clearAt(inDublin, [evaluation])).toHaveProperty('cleared');
    expect(exclusionsOf(inDublin, evaluation.constraints)).toMatchObject([{ code: 'REGION', enforced: false }]);
  });

  test('takes the right to store away where one policy demands zero retention', () => {
    const evaluation = evaluatePolicies([policy('zdr', { retention: { provider: 'NONE' } })], rules);
    expect(clearAt(inDublin, [evaluation])).toMatchObject({ cleared: { mayStore: false } });
  });

  test('a policy more never makes an endpoint eligible, and the order does not matter', () => {
    const areas = fc.option(fc.subarray(['eu', 'us', 'eu-west-1']), { nil: undefined });
    const regionRule = fc.record({ allow: areas, deny: areas }, { requiredKeys: [] }) as fc.Arbitrary<RegionRule>;
    const retentionRule = fc.record({
      provider: fc.constantFrom('NONE' as const, 'LIMITED' as const, 'INDEFINITE' as const),
      allowTraining: fc.boolean(),
    }) as fc.Arbitrary<RetentionRule>;
    const policies = fc.array(fc.record({ region: regionRule, retention: retentionRule }), {
      minLength: 1,
      maxLength: 4,
    });
    const places = fc.constantFrom(inDublin, somewhere, candidate('us', { provider: { region: 'us-east-1' } }));
    fc.assert(
      fc.property(policies, places, (settings, facts) => {
        const contributions = settings.map((rule, index) => policy(`p${index}`, rule));
        const passes = (some: readonly PolicyContribution[]) =>
          'cleared' in clearAt(facts, [evaluatePolicies(some, rules)]);
        const all = passes(contributions);
        expect(passes([...contributions].reverse())).toBe(all);
        expect(all).toBe(contributions.every(one => passes([one])));
      }),
    );
  });
});

describe('retention', () => {
  test.each<[string, RetentionRule, Parameters<typeof candidate>[1], readonly string[]]>([
    ['unknown counts as kept', { provider: 'INDEFINITE' }, {}, []],
    ['unknown is not none', { provider: 'NONE' }, {}, ['RETENTION']],
    ['unknown counts as trained on', { allowTraining: false }, {}, ['TRAINING']],
    [
      'a known no passes',
      { allowTraining: false },
      { provider: { dataPolicy: { retention: 'UNKNOWN', training: false } } },
      [],
    ],
    [
      '30 days are more than 7',
      { maxRetentionDays: 7 },
      { provider: { dataPolicy: { retention: 'LIMITED', retentionDays: 30 } } },
      ['RETENTION'],
    ],
    [
      '7 days are 7',
      { maxRetentionDays: 7 },
      { provider: { dataPolicy: { retention: 'LIMITED', retentionDays: 7 } } },
      [],
    ],
    [
      'days that nobody knows are too many',
      { maxRetentionDays: 7 },
      { provider: { dataPolicy: { retention: 'LIMITED' } } },
      ['RETENTION'],
    ],
    ['null demands nothing', {}, {}, []],
  ])('%s', (_, rule, sketch, codes) => {
    const { constraints } = evaluatePolicies([policy('p', { retention: rule })], rules);
    expect(exclusionsOf(candidate('p', sketch), constraints).map(({ code }) => code)).toEqual(codes);
  });
});

describe('liesIn', () => {
  test.each([
    ['eu-west-1', 'eu', true],
    ['eu-west-2', 'eu', false],
    ['eu-central-2', 'eu', false],
    ['EU-WEST-1', 'eu', true],
    ['us-east-1', 'us', true],
    ['us-east-1', 'eu', false],
    ['norwayeast', 'eu', false],
    ['norwayeast', 'eea', true],
    ['de', 'eu', true],
    ['moon-1', 'moon-1', true],
    ['moon-1', 'moon', false],
    ['eu', 'eu-west-1', false],
  ])('%s in %s: %s', (inner, outer, expected) => {
    expect(liesIn(inner, outer)).toBe(expected);
  });
});

test('a region that is coarser than a denied one is denied: it may be it', () => {
  const { constraints } = evaluatePolicies([policy('no-de', { region: { deny: ['de', 'us-east-1'] } })], rules);
  const isDenied = (place: string) =>
    exclusionsOf(candidate('p', { provider: { region: place } }), constraints).length > 0;
  expect(['eu', 'de', 'eu-central-1', 'us', 'us-east-1'].map(isDenied)).toEqual([true, true, true, true, true]);
  expect(['fr', 'eu-west-1', 'us-west-2'].map(isDenied)).toEqual([false, false, false]);
});

test('a setting that is not known refuses, instead of demanding nothing', () => {
  const unknown = { retention: { provider: 'none' as 'NONE' } };
  expect(evaluatePolicies([policy('typo', unknown)], rules).unenforceable).toEqual(['RETENTION']);
});

test('uk is what ISO 3166 calls gb', () => {
  expect([liesIn('uksouth', 'uk'), liesIn('UK', 'gb'), liesIn('eu-west-1', 'uk')]).toEqual([true, true, false]);
});
