import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../model/clock.ts';
import type { Subject } from '../model/policy.ts';
import { type Evaluation, evaluatePolicies, exclusionsOf } from '../policy/evaluate.ts';
import type { Rule } from '../policy/rule.ts';
import type { LedgerStore, RecordedRequest } from '../stores/ledger-store.ts';
import type { ImpactGroup, PolicyDraft, PolicyImpact } from './administration.ts';
import { catalogFacts } from './check-draft.ts';
import { judgeRecorded, type Verdict } from './judge-recorded.ts';
import { sampleRecorded } from './sample-recorded.ts';

export interface ImpactOptions {
  readonly ledger: LedgerStore;
  readonly catalog: () => Catalog;
  readonly clock: Clock;
  /** The enforcers, without settings of their own. */
  readonly rules: readonly Rule[];
  readonly draft: PolicyDraft;
  /** The projects whose requests are judged; absent: all. */
  readonly within: readonly string[] | undefined;
  /** The policy that the draft takes the place of. */
  readonly replaces: string | undefined;
  readonly windowMs: number;
}

const mostGroups = 500;

/** Judges recorded requests anew under a draft, as if it were enforced. */
export async function judgeImpact(options: ImpactOptions): Promise<PolicyImpact> {
  const { ledger, catalog, clock, rules, draft, within, replaces, windowMs } = options;
  const evaluation = evaluatePolicies(
    [{ mode: 'ENFORCE', rules: draft.rules }],
    rules.map(({ kind, demands }) => ({ kind, demands })),
  );
  const to = clock.now();
  const filter = { from: to - windowMs, to, ...(within === undefined ? {} : { projectIds: within }) };
  const tally = startTally();
  const { requests, examined, unseen } = await sampleRecorded({ ledger, clock }, filter, page => {
    for (const request of page) tally.add(request, judgeRecorded(request, draft, evaluation, replaces));
  });
  tally.leaveOut('there was no time to look at them', unseen);
  return { requests, examined, ...tally.read(), thinModels: thinModels(catalog(), evaluation) };
}

function startTally() {
  const groups = new Map<string, { subject: Subject; requests: number; refused: number; rerouted: number }>();
  const leftOut = new Map<string, number>();
  let refused = 0;
  let rerouted = 0;
  let costDelta = 0n;

  function leaveOut(reason: string, count: number): void {
    if (count > 0) leftOut.set(reason, (leftOut.get(reason) ?? 0) + count);
  }

  return {
    leaveOut,
    add({ projectId, apiKeyId }: RecordedRequest, verdict: Verdict): void {
      if (verdict.kind === 'untouched') return;
      if (verdict.kind === 'not-assessable') {
        leaveOut(verdict.reason, 1);
        return;
      }
      const subject = { projectId, ...(apiKeyId === undefined ? {} : { apiKeyId }) };
      const key = JSON.stringify(subject);
      const group = groups.get(key) ?? { subject, requests: 0, refused: 0, rerouted: 0 };
      groups.set(key, group);
      group.requests += 1;
      if (verdict.kind === 'refused') {
        refused += 1;
        group.refused += 1;
      } else {
        rerouted += 1;
        group.rerouted += 1;
        costDelta += verdict.costDelta;
      }
    },
    read(): Pick<PolicyImpact, 'notAssessable' | 'refused' | 'rerouted' | 'costDelta' | 'groups'> {
      const byEffect = (left: ImpactGroup, right: ImpactGroup) =>
        right.refused - left.refused || right.requests - left.requests;
      return {
        notAssessable: [...leftOut].map(([reason, requests]) => ({ reason, requests })),
        refused,
        rerouted,
        costDelta,
        groups: [...groups.values()].sort(byEffect).slice(0, mostGroups),
      };
    },
  };
}

/** Models with configured endpoints, some of which the draft takes away, and leaves one or none. */
function thinModels(catalog: Catalog, { constraints }: Evaluation): PolicyImpact['thinModels'] {
  const configured = catalogFacts(catalog).filter(({ provider }) => catalog.isConfigured(provider.id));
  const byModel = Map.groupBy(configured, ({ model }) => model.id);
  return [...byModel].flatMap(([modelId, facts]) => {
    const endpoints = facts.filter(one => exclusionsOf(one, constraints).length === 0).length;
    return endpoints < 2 && endpoints < facts.length ? [{ modelId, endpoints }] : [];
  });
}
