import type { Endpoint } from '../../model/catalog.ts';
import type { Candidate, CandidateStatus, Exclusion, RouteDecision } from '../../model/route.ts';
import { type EndpointVersion, endpointVersion } from './endpoint-version.ts';
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

/** A decision as text that names its endpoints by digest, and these endpoints. */
export function recordRoute(route: RouteDecision): { readonly text: string; readonly endpoints: EndpointVersion[] } {
  const endpoints: EndpointVersion[] = [];
  const candidates = route.candidates.map(({ endpoint, status, exclusions, expectedCost, score, wouldRank }) => {
    const version = endpointVersion(endpoint);
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
export function readRoute(text: string, endpoints: ReadonlyMap<string, Endpoint>): RouteDecision {
  const { candidates, ...route } = fromJson<RouteRecord>(text);
  return {
    ...route,
    candidates: candidates.flatMap(([key, status, exclusions, expectedCost, score, wouldRank]): Candidate[] => {
      const endpoint = endpoints.get(key);
      if (endpoint === undefined) return [];
      return [
        {
          endpoint,
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
