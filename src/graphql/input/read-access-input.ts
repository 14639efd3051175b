import type { NewApiKey, NewProject } from '../../identity/access-control.ts';
import type { ApiKeyInput, ProjectInput } from '../resolvers.generated.ts';
import { given } from './check-input.ts';

/** As the access control takes it, which checks it. */
export function readProjectInput({ name, parent, workloads }: ProjectInput): NewProject {
  return { name, ...given('parentId', parent), ...given('workloads', workloads) };
}

/** As the access control takes it, which checks it. */
export function readApiKeyInput(input: ApiKeyInput): NewApiKey {
  const { name, project, role = 'MEMBER', workloads, expiresAt } = input;
  return { name, projectId: project, role, ...given('workloads', workloads), ...given('expiresAt', expiresAt) };
}
