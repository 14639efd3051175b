import { findModel, findProvider } from '../catalogue/find-in-catalogue.ts';
import { readUsageFilter, readUsageQuery } from '../input/read-usage-query.ts';
import { readWindow } from '../input/read-window.ts';
import { connectionOf, readPage } from '../paging.ts';
import type { Resolvers, UsageDimension } from '../resolvers.generated.ts';

/** What was used, and the completions behind it. */
export const usageResolvers = {
  Query: {
    async usage(_, usageArguments, { governance }) {
      const principal = await governance.principal();
      return governance.gateway.usage(principal, readUsageQuery(usageArguments));
    },
    async completions(_, { filter, ...listing }, { governance }) {
      const principal = await governance.principal();
      const page = readPage(listing);
      const wanted = readUsageFilter('filter', filter);
      return connectionOf(await governance.gateway.listCompletions(principal, wanted, page), page);
    },
    async statement(_, { month }, { governance }) {
      return governance.gateway.statement(await governance.principal(), month);
    },
    async dependencyAudit(_, { window = 2_592_000_000 }, { governance }) {
      const principal = await governance.principal();
      return governance.gateway.dependencyAudit(principal, readWindow(window));
    },
  },
  Statement: {
    total: statement => statement.total(),
    async lines(statement, { first = 100, after }) {
      const page = readPage({ first, after });
      return connectionOf(await statement.lines(page), page);
    },
    csv: statement => statement.csv(),
  },
  StatementLine: {
    project: ({ projectId }, _, { governance }) => governance.loaders.project(projectId),
    provider: ({ providerId }, _, { governance }) => findProvider(governance.gateway.catalog, providerId),
    model: ({ modelId }, _, { governance }) => findModel(governance.gateway.catalog, modelId),
  },
  UsageGroup: {
    project: ({ keys }, _, { governance }) => {
      const id = keyOf(keys, 'PROJECT');
      return id === undefined ? undefined : governance.loaders.project(id);
    },
    model: ({ keys }, _, { governance }) => {
      const id = keyOf(keys, 'MODEL');
      return id === undefined ? undefined : findModel(governance.gateway.catalog, id);
    },
    provider: ({ keys }, _, { governance }) => {
      const id = keyOf(keys, 'PROVIDER');
      return id === undefined ? undefined : findProvider(governance.gateway.catalog, id);
    },
  },
} satisfies Resolvers;

interface Key {
  readonly dimension?: UsageDimension;
  readonly value?: string;
}

function keyOf(keys: readonly Key[], dimension: UsageDimension): string | undefined {
  return keys.find(key => key.dimension === dimension)?.value;
}
