import type { Candidate, CandidateStatus, Exclusion, RouteDecision } from '../../model/route.ts';
import { type EndpointVersion, endpointVersion, type SeenEndpoint } from './endpoint-version.ts';
import { fromJson } from './json.ts';

type CandidateRecord = readonly [
  endpointKey: string,
  status: CandidateStatus,
  exclusions: readonly Exclusion[],
  expectedCost: string | null,
  score: readonly (readonly [name: string, value: string])[],
  wouldRank: number | null,
];

interface RouteRecord extends Omit<RouteDecision, 'candidates'> {
  readonly candidates: readonly CandidateRecord[];
}

/** A decision as text that names its endpoints, each with its provider, by digest; and these. */
export function recordRoute(route: RouteDecision): { readonly text: string; readonly endpoints: EndpointVersion[] } {
  const endpoints: EndpointVersion[] = [];
  const candidates = route.candidates.map(candidate => {
    const { status, exclusions, expectedCost, score, wouldRank } = candidate;
    const version = endpointVersion(candidate);
    endpoints.push(version);
    const record: CandidateRecord = [
      version.key,
      status,
      exclusions,
      expectedCost?.toString() ?? null,
      score.map(({ name, value }) => [name, value.toString()] as const),
      wouldRank ?? null,
    ];
    return record;
  });
  const record: RouteRecord = {
    candidates,
    policies: route.policies,
    findings: route.findings,
    workload: route.workload,
  };
  return { text: JSON.stringify(record), endpoints };
}

/** The endpoints that a recorded decision names. */
export function endpointKeysOf(text: string): readonly string[] {
  return fromJson<RouteRecord>(text).candidates.map(([key]) => key);
}

/** Reads a recorded decision. Candidates whose endpoint is not given are left out. */
export function readRoute(text: string, endpoints: ReadonlyMap<string, SeenEndpoint>): RouteDecision {
  const { candidates, ...route } = fromJson<RouteRecord>(text);
  return {
    ...route,
    candidates: candidates.flatMap(([key, status, exclusions, expectedCost, score, wouldRank]): Candidate[] => {
      const seen = endpoints.get(key);
      if (seen === undefined) return [];
      return [
        {
          ...seen,
          status,
          exclusions,
          ...(expectedCost === null ? {} : { expectedCost: BigInt(expectedCost) }),
          score: score.map(([name, value]) => ({ name, value: BigInt(value) })),
          ...(wouldRank === null ? {} : { wouldRank }),
        },
      ];
    }),
  };
}
