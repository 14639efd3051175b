import type { Policy, Subject } from '../model/policy.ts';
import type { AccessRole, Principal } from '../model/principal.ts';

/**
 * Whether a policy binds this caller with this workload: its owner holds the caller's project, and one of its subjects
 * matches, or it has none.
 */
export function bindsPrincipal(
  policy: Pick<Policy, 'ownerId' | 'appliesTo'>,
  principal: Principal,
  workload: string,
): boolean {
  const { ownerId, appliesTo } = policy;
  if (ownerId !== undefined && !principal.projectPath.includes(ownerId)) return false;
  return appliesTo.length === 0 || appliesTo.some(subject => matchesSubject(subject, principal, workload));
}

/**
 * Whether all members of a subject match.
 *
 * A project holds those below it. A role matches who holds it, or a higher one, in its own project: nobody
 * gets round a rule for members by being more. A user counts only from a verified token. A workload counts only where
 * the caller may name nothing but listed ones; writing a policy for another is refused, so that no name that a caller chooses
 * frees it from a policy.
 */
export function matchesSubject(subject: Subject, principal: Principal, workload: string): boolean {
  const { projectId, apiKeyId, user, role, workload: named } = subject;
  if (projectId !== undefined && !principal.projectPath.includes(projectId)) return false;
  if (apiKeyId !== undefined && principal.apiKeyId !== apiKeyId) return false;
  if (user !== undefined && principal.user !== user) return false;
  if (role !== undefined && !holdsRole(principal, role)) return false;
  return named === undefined || (named === workload && principal.workloads?.includes(named) === true);
}

const rankOfRole: Readonly<Record<AccessRole, number>> = { MEMBER: 0, AUDITOR: 1, ADMIN: 2 };

function holdsRole({ roles, projectPath }: Principal, role: AccessRole): boolean {
  return roles.some(
    grant =>
      rankOfRole[grant.role] >= rankOfRole[role] &&
      (grant.projectId === undefined || projectPath.includes(grant.projectId)),
  );
}
