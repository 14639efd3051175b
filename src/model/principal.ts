export type AccessRole = 'ADMIN' | 'AUDITOR' | 'MEMBER';

/** A role holds in a project and below it; without a project, in the whole installation. */
export interface RoleGrant {
  readonly role: AccessRole;
  readonly projectId?: string;
}

/** Who asks. */
export interface Principal {
  /** The project without a parent that holds `projectId`. */
  readonly tenantId: string;
  /** Where completions are booked. */
  readonly projectId: string;
  /** From `projectId` up to its tenant, both included. */
  readonly projectPath: readonly string[];
  readonly apiKeyId?: string;
  /** From a verified token, or vouched for by the program that embeds the gateway. */
  readonly user?: string;
  readonly roles: readonly RoleGrant[];
  /** The workloads that it may name; absent: any. */
  readonly workloads?: readonly string[];
  /** What a trusted router says the operation is for: the workload of requests that name none. */
  readonly workload?: string;
  /** Milliseconds since the epoch; the credential is void afterwards. */
  readonly expiresAt?: number;
  /** Aborted when the credential expires or is revoked; live streams and sockets listen to it. */
  readonly revoked?: AbortSignal;
}

/** Whether the principal holds the role (an ADMIN holds all) in this project, given the project's path up to its tenant. */
export function hasRole(principal: Principal, role: AccessRole, projectPath: readonly string[]): boolean {
  return principal.roles.some(
    grant =>
      (grant.role === role || grant.role === 'ADMIN') &&
      (grant.projectId === undefined || projectPath.includes(grant.projectId)),
  );
}

/** Whether two principals are the same key, or the same user of a project. */
export function isSameCaller(left: Principal, right: Principal): boolean {
  return left.projectId === right.projectId && left.apiKeyId === right.apiKeyId && left.user === right.user;
}

/** Whether the principal administers the whole installation, above all tenants. */
export function isInstallationAdmin(principal: Principal): boolean {
  return principal.roles.some(grant => grant.role === 'ADMIN' && grant.projectId === undefined);
}

/** How policies, revisions and the audit log name who acted: by id. */
export function actorOf({ user, apiKeyId }: Principal): string {
  if (user !== undefined) return `user:${user}`;
  return apiKeyId === undefined ? 'administrator' : `api-key:${apiKeyId}`;
}
