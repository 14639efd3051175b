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

/** Whether something booked to this project may be shown to the principal. */
export async function maySee(principal: Principal, projectId: string, access: AccessStore): Promise<boolean> {
  const visible = visibleProjects(principal);
  if (visible === undefined || visible.includes(projectId)) return true;
  const path = await access.projectPath(projectId);
  return path.some(id => visible.includes(id));
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
  const seen = await Promise.all(filter.projectIds.map(id => maySee(principal, id, access)));
  return { ...filter, projectIds: filter.projectIds.filter((_, index) => seen[index] === true) };
}
