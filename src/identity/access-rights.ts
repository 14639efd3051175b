import { badInput, GatewayError } from '../errors.ts';
import type { Principal } from '../model/principal.ts';

/** Whether the principal holds any role in the project: else it does not exist for it. */
export function canSeeProject(by: Principal, projectPath: readonly string[]): boolean {
  return by.roles.some(grant => grant.projectId === undefined || projectPath.includes(grant.projectId));
}

/**
 * The projects that the principal holds a role in, each standing for all below it.
 *
 * @returns Undefined for all of the installation.
 */
export function grantedProjects(by: Principal): readonly string[] | undefined {
  const ids = new Set<string>();
  for (const { projectId } of by.roles) {
    if (projectId === undefined) return undefined;
    ids.add(projectId);
  }
  return [...ids];
}

/** The same answer for what does not exist and for what belongs to others: ids tell nothing. */
export function notFound(kind: string): GatewayError {
  return new GatewayError('NOT_FOUND', `There is no such ${kind}.`);
}

/** FORBIDDEN: only for what the principal may know of. */
export function forbidden(message: string): GatewayError {
  return new GatewayError('FORBIDDEN', message);
}

/**
 * A list of workloads that stays inside all the lists that bind it.
 *
 * @param bounds Lists of which it must be a part; an absent one binds nothing.
 * @returns The list, without repetitions; what the bounds leave where none was given; undefined for any.
 * @throws {GatewayError} BAD_USER_INPUT for a name that is none, FORBIDDEN for one outside a bound.
 */
export function narrowWorkloads(
  asked: readonly string[] | undefined,
  bounds: readonly (readonly string[] | undefined)[],
): readonly string[] | undefined {
  const binding = bounds.filter(bound => bound !== undefined);
  if (asked === undefined) {
    const [first, ...others] = binding;
    return first?.filter(name => others.every(bound => bound.includes(name)));
  }
  if (asked.length > 200) throw badInput('workloads', 'at most 200 names are allowed');
  for (const [index, name] of asked.entries()) {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
      throw badInput(`workloads.${index}`, 'letters, digits, ".", "_" and "-" are allowed, at most 64');
    }
    if (!binding.every(bound => bound.includes(name))) {
      throw forbidden('workloads: a list can only name workloads of the project, and of the key that asks.');
    }
  }
  return [...new Set(asked)];
}
