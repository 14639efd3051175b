import DataLoader from 'dataloader';
import type { Completion } from '../model/completion.ts';
import type { Policy } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { ApiKey, Project } from '../model/project.ts';
import type { KeptContent } from '../stores/content-store.ts';
import type { UsageFilter, UsageTotals } from '../stores/ledger-store.ts';
import type { Governance } from './context.ts';

const maxBatchSize = 500;

/** One batch per kind and tick for everything that is looked up by id; what the caller may not see is undefined. */
export interface Loaders {
  completion(id: string): Promise<Completion | undefined>;
  project(id: string): Promise<Project | undefined>;
  apiKey(id: string): Promise<ApiKey | undefined>;
  policy(id: string): Promise<Policy | undefined>;
  /** Kept text; each that is shown is written to the audit log. */
  content(completionId: string): Promise<KeptContent | undefined>;
  /** What a user has used, as far as the caller may see it; of all users with one filter at once. */
  usageOfUser(user: string, filter: UsageFilter): Promise<UsageTotals>;
}

interface UserUsage {
  readonly user: string;
  readonly filter: UsageFilter;
}

type Lookup = Pick<Governance, 'access' | 'administration' | 'gateway' | 'principal'>;

const nothingUsed: UsageTotals = {
  requests: 0,
  failures: 0,
  refusals: 0,
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  cost: 0n,
};

/** The loaders of one request. */
export function createLoaders(lookup: Lookup): Loaders {
  const completions = new DataLoader<string, Completion | undefined>(
    async ids => lookup.gateway.completions(await lookup.principal(), ids),
    { maxBatchSize },
  );
  const projects = new DataLoader<string, Project | undefined>(
    async ids => lookup.access.projects(await lookup.principal(), ids),
    { maxBatchSize },
  );
  const apiKeys = new DataLoader<string, ApiKey | undefined>(
    async ids => lookup.access.apiKeys(await lookup.principal(), ids),
    { maxBatchSize },
  );
  const policies = new DataLoader<string, Policy | undefined>(
    async ids => lookup.administration?.policies.policies(await lookup.principal(), ids) ?? ids.map(() => undefined),
    { maxBatchSize },
  );
  const contents = new DataLoader<string, KeptContent | undefined>(
    async ids => lookup.administration?.content.contents(await lookup.principal(), ids) ?? ids.map(() => undefined),
    { maxBatchSize },
  );
  const usages = new DataLoader<UserUsage, UsageTotals, string>(
    async asked => {
      const principal = await lookup.principal();
      const byFilter = Map.groupBy(asked, ({ filter }) => JSON.stringify(filter));
      const reports = await Promise.all(
        [...byFilter].map(async ([key, group]) => [key, await usageByUser(lookup, principal, group)] as const),
      );
      const totals = new Map(reports);
      return asked.map(({ user, filter }) => totals.get(JSON.stringify(filter))?.get(user) ?? nothingUsed);
    },
    { maxBatchSize, cacheKeyFn: ({ user, filter }) => JSON.stringify([user, filter]) },
  );
  return {
    usageOfUser: (user, filter) => usages.load({ user, filter }),
    policy: id => policies.load(id),
    content: id => contents.load(id),
    completion: id => completions.load(id),
    project: id => projects.load(id),
    apiKey: id => apiKeys.load(id),
  };
}

async function usageByUser(
  { gateway }: Lookup,
  principal: Principal,
  asked: readonly UserUsage[],
): Promise<ReadonlyMap<string, UsageTotals>> {
  const users = asked.map(({ user }) => user);
  const { groups } = await gateway.usage(principal, {
    filter: { ...asked[0]?.filter, users },
    groupBy: ['USER'],
    groupByLabels: [],
    orderBy: 'COST',
    first: users.length,
  });
  return new Map(groups.map(({ keys, total }) => [keys[0]?.value ?? '', total]));
}
