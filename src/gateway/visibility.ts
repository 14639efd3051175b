import type { Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { UsageFilter } from '../stores/ledger-store.ts';

/**
 * The projects whose usage and completions a principal may see, everything below them included; undefined: all.
 *
 * A member sees its own project, auditors and administrators all that they administer.
 */
export function visibleProjects(principal: Principal): readonly string[] | undefined {
  const overseen = principal.roles.filter(grant => grant.role !== 'MEMBER');
  if (overseen.some(grant => grant.projectId === undefined)) return undefined;
  const granted = overseen.flatMap(grant => (grant.projectId === undefined ? [] : [grant.projectId]));
  return [...new Set([principal.projectId, ...granted])];
}

/** Which of these projects the principal may be shown what is booked to, found with at most one look-up. */
export async function visibleAmong(
  principal: Principal,
  projectIds: readonly string[],
  access: AccessStore,
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(projectIds)];
  const visible = visibleProjects(principal);
  if (visible === undefined) return new Set(ids);
  const unclear = ids.filter(id => !visible.includes(id));
  const paths = unclear.length === 0 ? [] : await access.projectPaths(unclear);
  const below = unclear.filter((_, index) => paths[index]?.some(id => visible.includes(id)) === true);
  return new Set([...ids.filter(id => visible.includes(id)), ...below]);
}

/** The filter, held to what the principal may see: projects that it may not see are as if they were not there. */
export async function visibleFilter(
  principal: Principal,
  filter: UsageFilter,
  access: AccessStore,
): Promise<UsageFilter> {
  const visible = visibleProjects(principal);
  if (visible === undefined) return filter;
  if (filter.projectIds === undefined) return { ...filter, projectIds: visible };
  const seen = await visibleAmong(principal, filter.projectIds, access);
  return { ...filter, projectIds: filter.projectIds.filter(id => seen.has(id)) };
}
