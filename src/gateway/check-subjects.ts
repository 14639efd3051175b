import { badInput } from '../errors.ts';
import type { Subject } from '../model/policy.ts';
import type { AccessStore } from '../stores/access-store.ts';

const mostSubjects = 500;
const longestName = 200;

/**
 * Checks whom a policy is to bind.
 *
 * @param ownerId The project that all subjects must lie in; absent: anywhere.
 * @throws {GatewayError} BAD_USER_INPUT with the path. What lies outside the owner does not exist for its author.
 */
export async function checkSubjects(
  access: AccessStore,
  subjects: readonly Subject[],
  ownerId: string | undefined,
): Promise<void> {
  if (subjects.length > mostSubjects) throw badInput('appliesTo', `at most ${mostSubjects} subjects are allowed`);
  for (const [index, subject] of subjects.entries()) await checkSubject(access, subject, ownerId, `appliesTo.${index}`);
}

async function checkSubject(
  access: AccessStore,
  { projectId, apiKeyId, user, role, workload }: Subject,
  ownerId: string | undefined,
  path: string,
): Promise<void> {
  if ([projectId, apiKeyId, user, role, workload].every(member => member === undefined)) {
    throw badInput(path, 'an empty subject is not allowed: leave the list empty to bind everybody');
  }
  const isInside = (projectPath: readonly string[]) =>
    projectPath.length > 0 && (ownerId === undefined || projectPath.includes(ownerId));
  let nameable: readonly (readonly string[] | undefined)[] = [];
  if (projectId !== undefined) {
    const projectPath = await access.projectPath(projectId);
    if (!isInside(projectPath)) throw badInput(`${path}.project`, 'there is no such project');
    nameable = [await workloadsOf(access, projectPath)];
  }
  if (apiKeyId !== undefined) {
    const [key] = await access.apiKeys([apiKeyId]);
    const projectPath = key === undefined ? [] : await access.projectPath(key.projectId);
    if (key === undefined || !isInside(projectPath)) throw badInput(`${path}.apiKey`, 'there is no such key');
    if (projectId !== undefined && !projectPath.includes(projectId)) {
      throw badInput(`${path}.apiKey`, 'the key is not of that project: nobody would be bound');
    }
    nameable = [...nameable, key.workloads ?? (await workloadsOf(access, projectPath))];
  }
  if (user !== undefined && (user === '' || user.length > longestName)) {
    throw badInput(`${path}.user`, `must be 1 to ${longestName} characters`);
  }
  if (workload === undefined) return;
  if (projectId === undefined && apiKeyId === undefined && ownerId !== undefined) {
    nameable = [await workloadsOf(access, await access.projectPath(ownerId))];
  }
  const lists = nameable.filter(list => list !== undefined);
  if (lists.length === 0 || !lists.every(list => list.includes(workload))) {
    throw badInput(
      `${path}.workload`,
      'only where the project or key lists its workloads, this one among them: else callers could name another and be free of the policy',
    );
  }
}

/** What callers of a project may name: the list of the nearest project above that has one. */
async function workloadsOf(
  access: AccessStore,
  projectPath: readonly string[],
): Promise<readonly string[] | undefined> {
  const projects = await access.projects(projectPath);
  return projects.find(project => project?.workloads !== undefined)?.workloads;
}
