import { badInput, GatewayError } from '../errors.ts';
import type { Policy, Subject } from '../model/policy.ts';
import { hasRole, isInstallationAdmin, type Principal } from '../model/principal.ts';
import { bindsPrincipal, matchesSubject } from '../policy/binds.ts';
import type { AccessStore } from '../stores/access-store.ts';

/** The path of the project that owns a policy; empty for one of the installation, or a project that is gone. */
export async function ownerPath(access: AccessStore, { ownerId }: Pick<Policy, 'ownerId'>): Promise<readonly string[]> {
  return ownerId === undefined ? [] : await access.projectPath(ownerId);
}

/** Whether the principal oversees the policy: reads all of it. */
export async function oversees(access: AccessStore, by: Principal, policy: Pick<Policy, 'ownerId'>): Promise<boolean> {
  return hasRole(by, 'AUDITOR', await ownerPath(access, policy));
}

/**
 * A policy as the principal may see it: all of it where it oversees it; where it is bound, with its own subjects alone.
 *
 * @returns Undefined where the policy does not exist for it.
 */
export async function visiblePolicy(access: AccessStore, by: Principal, policy: Policy): Promise<Policy | undefined> {
  if (await oversees(access, by, policy)) return policy;
  const workloads = by.workloads ?? ['default'];
  const binding = workloads.filter(workload => bindsPrincipal(policy, by, workload));
  if (binding.length === 0) return undefined;
  const own = policy.appliesTo.filter(subject => binding.some(workload => matchesSubject(subject, by, workload)));
  return { ...policy, appliesTo: own };
}

/**
 * Whose policy a new one is: the installation's, or that of the project which its author administers.
 *
 * @throws {GatewayError} FORBIDDEN for who administers nothing; BAD_USER_INPUT where it is not clear which project is meant.
 */
export async function ownerOf(
  access: AccessStore,
  by: Principal,
  subjects: readonly Subject[],
): Promise<string | undefined> {
  if (isInstallationAdmin(by)) return undefined;
  const administered = by.roles.flatMap(({ role, projectId }) =>
    role === 'ADMIN' && projectId !== undefined ? [projectId] : [],
  );
  const [only, ...others] = new Set(administered);
  if (only === undefined) throw new GatewayError('FORBIDDEN', 'This needs the role ADMIN in a project.');
  if (others.length === 0) return only;
  const paths = await Promise.all(subjects.map(subject => pathOfSubject(access, subject)));
  const owners = [only, ...others].filter(id => paths.length > 0 && paths.every(path => path.includes(id)));
  const [owner] = owners;
  if (owner === undefined) {
    throw badInput('appliesTo', 'you administer several projects: name a project, or a key of it, in every subject');
  }
  return owner;
}

/** The path of the project that a subject names, by itself or by its key; empty where it names none. */
export async function pathOfSubject(access: AccessStore, { projectId, apiKeyId }: Subject): Promise<readonly string[]> {
  if (projectId !== undefined) return await access.projectPath(projectId);
  if (apiKeyId === undefined) return [];
  const [key] = await access.apiKeys([apiKeyId]);
  return key === undefined ? [] : await access.projectPath(key.projectId);
}
