import { badInput } from '../../errors.ts';
import type { Resolvers } from '../resolvers.generated.ts';
import { administrationOf } from './policy-administration.ts';

/** Kept text: erasing it, and stopping its purge. */
export const contentResolvers = {
  Query: {
    contentHolds: async (_, _arguments, { governance }) =>
      await administrationOf(governance).content.holds(await governance.principal()),
  },
  Mutation: {
    eraseContent: async (_, { user }, { governance }) =>
      await administrationOf(governance).content.erase(await governance.principal(), user),
    async addContentHold(_, { input: { project, user } }, { governance }) {
      if (project == null && user == null) throw badInput('input', 'a project, a user, or both are needed');
      return await administrationOf(governance).content.addHold(await governance.principal(), {
        ...(project == null ? {} : { projectId: project }),
        ...(user == null ? {} : { user }),
      });
    },
    async removeContentHold(_, { id }, { governance }) {
      await administrationOf(governance).content.removeHold(await governance.principal(), id);
      return id;
    },
  },
  ContentHold: {
    project: ({ projectId }, _, { governance }) =>
      projectId === undefined ? undefined : governance.loaders.project(projectId),
  },
} satisfies Resolvers;
