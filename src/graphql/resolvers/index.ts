import type { Resolvers } from '../resolvers.generated.ts';
import { scalars } from '../scalars/index.ts';
import { accessResolvers } from './access.ts';
import { catalogueResolvers } from './catalogue.ts';
import { completeResolvers } from './complete.ts';
import { completionResolvers } from './completion.ts';
import { contentResolvers } from './content.ts';
import { policyResolvers } from './policy.ts';
import { policyAdministrationResolvers } from './policy-administration.ts';
import { routeResolvers } from './route.ts';
import { usageResolvers } from './usage.ts';

/** All resolvers, by the names of the public schema; what is not here is read from the member of the same name. */
export const resolvers = {
  ...scalars,
  ...catalogueResolvers,
  ...completeResolvers,
  ...completionResolvers,
  ...routeResolvers,
  ...policyResolvers,
  ContentHold: contentResolvers.ContentHold,
  ...usageResolvers,
  ...accessResolvers,
  Query: {
    ...catalogueResolvers.Query,
    ...completeResolvers.Query,
    ...usageResolvers.Query,
    ...accessResolvers.Query,
    ...policyAdministrationResolvers.Query,
    ...contentResolvers.Query,
  },
  Mutation: {
    ...completeResolvers.Mutation,
    ...accessResolvers.Mutation,
    ...policyAdministrationResolvers.Mutation,
    ...contentResolvers.Mutation,
  },
  Subscription: { ...completeResolvers.Subscription, ...policyAdministrationResolvers.Subscription },
} satisfies Resolvers;
