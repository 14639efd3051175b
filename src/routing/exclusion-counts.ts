import type { Candidate, Exclusion, ExclusionCount } from '../model/route.ts';

/**
 * Counts how many endpoints each reason excluded, and marks those that are decisive: lifting that reason alone would
 * leave an endpoint. Most frequent first.
 */
export function countExclusions(candidates: readonly Candidate[]): readonly ExclusionCount[] {
  const counts = new Map<string, { exclusion: Exclusion; endpoints: number; decisive: boolean }>();
  for (const { exclusions } of candidates) {
    const enforced = exclusions.filter(exclusion => exclusion.enforced);
    const keys = new Set(enforced.map(keyOf));
    for (const exclusion of enforced) {
      const key = keyOf(exclusion);
      if (!keys.delete(key)) continue;
      const count = counts.get(key) ?? { exclusion, endpoints: 0, decisive: false };
      count.endpoints += 1;
      // Ill health alone excludes no endpoint where nothing else is left.
      count.decisive ||= enforced.every(other => keyOf(other) === key || other.code === 'UNHEALTHY');
      counts.set(key, count);
    }
  }
  return [...counts.values()]
    .sort((left, right) => right.endpoints - left.endpoints)
    .map(({ exclusion: { code, policy }, endpoints, decisive }) => ({
      code,
      endpoints,
      decisive,
      ...(policy === undefined ? {} : { policy }),
    }));
}

function keyOf({ code, policy }: Exclusion): string {
  return `${code} ${policy?.policyId ?? ''}`;
}
