import { describe, expect, test } from 'vitest';
import type { PolicyDraft } from '../../src/gateway/administration.ts';
import { judgeRecorded } from '../../src/gateway/judge-recorded.ts';
import type { PolicyRules, Subject } from '../../src/model/policy.ts';
import type { Candidate, Exclusion } from '../../src/model/route.ts';
import { evaluatePolicies } from '../../src/policy/evaluate.ts';
import { limits } from '../../src/policy/rules/limits.ts';
import { region } from '../../src/policy/rules/region.ts';
import type { RecordedRequest } from '../../src/stores/ledger-store.ts';
import { candidate } from '../support/candidates.ts';

const rules = [region(), limits()];

function seen(
  id: string,
  place: string,
  status: Candidate['status'],
  expectedCost: bigint,
  exclusions: readonly Exclusion[] = [],
): Candidate {
  const { endpoint, provider } = candidate(id, { provider: { region: place } });
  return { endpoint, provider, status, exclusions, expectedCost, score: [] };
}

const excludedBy = (policyId: string): Exclusion => ({
  code: 'REGION',
  detail: 'x',
  enforced: true,
  policy: { policyId, revision: 1 },
});

const request: RecordedRequest = {
  id: 'c',
  createdAt: 1,
  tenantId: 'bank',
  projectId: 'desk',
  projectPath: ['desk', 'bank'],
  apiKeyId: 'k',
  workload: 'chat',
  inputModalities: ['TEXT'],
  estimatedInputTokens: 100,
  maxOutputTokens: 100,
  status: 'FINISHED',
  route: {
    candidates: [
      seen('virginia', 'us-east-1', 'SELECTED', 5n),
      seen('dublin', 'eu-west-1', 'FALLBACK', 9n),
      seen('paris', 'eu-west-3', 'EXCLUDED', 1n, [excludedBy('old')]),
    ],
    policies: [],
    findings: [],
    workload: 'chat',
  },
};

function judge(
  settings: PolicyRules,
  appliesTo: readonly Subject[] = [],
  replaces?: string,
  of: Partial<RecordedRequest> = {},
) {
  const draft: PolicyDraft = { name: 'x', mode: 'ENFORCE', appliesTo, rules: settings };
  return judgeRecorded(
    { ...request, ...of },
    draft,
    evaluatePolicies([{ mode: 'ENFORCE', rules: settings }], rules),
    replaces,
  );
}

describe('a recorded request under a draft', () => {
  test('that allows its endpoint is untouched, and so is one of somebody whom it does not bind', () => {
    expect(judge({ region: { allow: ['us'] } })).toEqual({ kind: 'untouched' });
    expect(
      judge({ region: { allow: ['eu'] } }, [{ projectId: 'shop' }, { apiKeyId: 'other' }, { workload: 'batch' }]),
    ).toEqual({ kind: 'untouched' });
    expect(judge({ region: { allow: ['eu'] } }, [{ projectId: 'bank', workload: 'chat' }]).kind).toBe('rerouted');
  });

  test('goes to the next endpoint that is allowed, at the difference of what was expected of both', () => {
    expect(judge({ region: { allow: ['eu'] } })).toEqual({ kind: 'rerouted', costDelta: 4n });
  });

  test('is refused where none is left, by region or by its size', () => {
    expect(judge({ region: { allow: ['jp'] } })).toEqual({ kind: 'refused' });
    expect(judge({ limits: { maxInputTokens: 99 } })).toEqual({ kind: 'refused' });
    expect(judge({ limits: { maxInputTokens: 100 } })).toEqual({ kind: 'untouched' });
  });

  test('is not judged by what is not recorded', () => {
    expect(judge({ region: { allow: ['eu'] } }, [{ role: 'MEMBER' }])).toMatchObject({
      kind: 'not-assessable',
      reason: /role/,
    });
    const content = [{ detect: ['EMAIL'], action: 'BLOCK', directions: ['INPUT'], onUninspectable: 'BLOCK' }] as const;
    expect(judge({ content })).toMatchObject({ kind: 'not-assessable', reason: /text/ });
    const rates = [{ requests: 1, windowMs: 1_000, per: 'POLICY' }] as const;
    expect(judge({ rateLimits: rates })).toMatchObject({ kind: 'not-assessable', reason: /used before/ });
    expect(judge({ rateLimits: rates, region: { allow: ['jp'] } })).toEqual({ kind: 'refused' });
    const { route: _route, ...unrecorded } = request;
    const draft: PolicyDraft = { name: 'x', mode: 'ENFORCE', appliesTo: [], rules: { region: { allow: ['eu'] } } };
    expect(judgeRecorded(unrecorded, draft, evaluatePolicies([], rules), undefined)).toMatchObject({
      reason: /routed/,
    });
  });

  test('that the replaced policy had kept from an endpoint is judged only where nothing else can have', () => {
    expect(judge({ region: { allow: ['us'] } }, [], 'old')).toEqual({ kind: 'untouched' });
    expect(judge({ region: { allow: ['fr'] } }, [], 'old')).toMatchObject({
      kind: 'not-assessable',
      reason: /replaced/,
    });
    expect(judge({ region: { allow: ['fr'] } })).toEqual({ kind: 'refused' });
  });
});
