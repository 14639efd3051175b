import { GatewayError } from '../../errors.ts';
import { readApiKeyInput, readProjectInput } from '../input/read-access-input.ts';
import { readUsageFilter } from '../input/read-usage-query.ts';
import { connectionOf, readPage } from '../paging.ts';
import type { Resolvers } from '../resolvers.generated.ts';
import { underInput } from '../under-input.ts';

/** Who is asking, and the projects and keys that it administers. */
export const accessResolvers = {
  Query: {
    viewer: (_, _arguments, { governance }) => governance.principal(),
    async projects(_, listing, { governance }) {
      const page = readPage(listing);
      return connectionOf(await governance.access.listProjects(await governance.principal(), page), page);
    },
    project: (_, { id }, { governance }) => governance.loaders.project(id),
  },
  Mutation: {
    async createProject(_, { input }, { governance }) {
      const principal = await governance.principal();
      return underInput(() => governance.access.createProject(principal, readProjectInput(input)));
    },
    async createApiKey(_, { input }, { governance }) {
      const principal = await governance.principal();
      return underInput(() => governance.access.createApiKey(principal, readApiKeyInput(input)));
    },
    async revokeApiKey(_, { id }, { governance }) {
      return governance.access.revokeApiKey(await governance.principal(), id);
    },
  },
  Viewer: {
    project: ({ projectId }, _, { governance }) => governance.loaders.project(projectId),
    apiKey: ({ apiKeyId }, _, { governance }) =>
      apiKeyId === undefined ? undefined : governance.loaders.apiKey(apiKeyId),
    effectivePolicy: (principal, _, { governance }) => governance.gateway.effectivePolicy(principal),
  },
  RoleGrant: {
    project: ({ projectId }, _, { governance }) =>
      projectId === undefined ? undefined : governance.loaders.project(projectId),
  },
  Project: {
    parent: ({ parentId }, _, { governance }) =>
      parentId === undefined ? undefined : governance.loaders.project(parentId),
    async apiKeys({ id }, listing, { governance }) {
      const page = readPage(listing);
      return connectionOf(await governance.access.listApiKeys(await governance.principal(), id, page), page);
    },
    async usage({ id }, { filter }, { governance }) {
      const query = { groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;
      const held = { ...readUsageFilter('filter', filter), projectIds: [id] };
      return (await governance.gateway.usage(await governance.principal(), { ...query, filter: held })).total;
    },
  },
  ApiKey: {
    async project({ projectId }, _, { governance }) {
      const project = await governance.loaders.project(projectId);
      if (project === undefined) throw new GatewayError('NOT_FOUND', 'There is no such project.');
      return project;
    },
  },
} satisfies Resolvers;
