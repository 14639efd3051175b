import { badInput, GatewayError } from '../errors.ts';
import type { Subject } from '../model/policy.ts';
import { hasRole, type Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import { pathOfSubject } from './policy-rights.ts';

/**
 * The principal that a subject stands for, in order to see what binds it.
 *
 * @throws {GatewayError} BAD_USER_INPUT where it names nobody; FORBIDDEN for who may not audit its project.
 */
export async function principalOfSubject(access: AccessStore, by: Principal, subject: Subject): Promise<Principal> {
  const { projectId, apiKeyId, user, role, workload } = subject;
  if ([projectId, apiKeyId, user, role, workload].every(member => member === undefined)) {
    throw badInput('subject', 'an empty subject stands for nobody');
  }
  const isElsewhere = projectId !== undefined || apiKeyId !== undefined;
  const projectPath = isElsewhere ? await pathOfSubject(access, subject) : by.projectPath;
  const [project] = projectPath;
  const tenantId = projectPath.at(-1);
  const isOwn = !isElsewhere && (user === undefined || user === by.user) && role === undefined;
  if (project === undefined || tenantId === undefined || (!isOwn && !hasRole(by, 'AUDITOR', projectPath))) {
    throw new GatewayError('FORBIDDEN', 'This needs the role AUDITOR or ADMIN in the project of the subject.');
  }
  if (isOwn) return by;
  const [key] = apiKeyId === undefined ? [] : await access.apiKeys([apiKeyId]);
  const projects = await access.projects(projectPath);
  const listed = key?.workloads ?? projects.find(one => one?.workloads !== undefined)?.workloads;
  return {
    tenantId,
    projectId: project,
    projectPath,
    roles: [{ role: role ?? key?.role ?? 'MEMBER', projectId: project }],
    ...(apiKeyId === undefined ? {} : { apiKeyId }),
    ...(user === undefined ? {} : { user }),
    ...(listed === undefined ? {} : { workloads: listed }),
  };
}
