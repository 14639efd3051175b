import { badInput } from '../../errors.ts';
import type { UsageFilter, UsageQuery } from '../../stores/ledger-store.ts';
import { readFirst } from '../paging.ts';
import type { QueryUsageArgs, UsageFilter as UsageFilterInput } from '../resolvers.generated.ts';
import { checkCount, checkNames, given } from './check-input.ts';
import { readLabels } from './read-complete-input.ts';

const mostNames = 500;
const mostLabelGroups = 4;

/**
 * What `usage` is asked for.
 *
 * @throws {GatewayError} BAD_USER_INPUT with the path of what is wrong.
 */
export function readUsageQuery(query: QueryUsageArgs): UsageQuery {
  const { filter, groupBy = [], groupByLabels = [], interval, orderBy = 'COST', first = 100 } = query;
  if (new Set(groupBy).size !== groupBy.length) throw badInput('groupBy', 'names a dimension twice');
  if (new Set(groupByLabels).size !== groupByLabels.length) throw badInput('groupByLabels', 'names a label twice');
  checkNames('groupByLabels', groupByLabels, mostLabelGroups);
  return {
    filter: readUsageFilter('filter', filter),
    groupBy,
    groupByLabels,
    ...given('interval', interval),
    orderBy,
    first: readFirst(first),
  };
}

/** Null and absent ask for nothing; an empty list matches nothing. Throws as `readUsageQuery` does. */
export function readUsageFilter(path: string, filter: UsageFilterInput | null | undefined): UsageFilter {
  if (filter == null) return {};
  const { from, to, projects, apiKeys, users, models, providers, workloads, statuses, labels } = filter;
  if (from != null && to != null && from >= to) throw badInput(`${path}.to`, 'is not after from');
  const lists = { projects, apiKeys, users, models, providers, workloads };
  for (const [name, list] of Object.entries(lists)) checkNames(`${path}.${name}`, list, mostNames);
  if (statuses != null) checkCount(`${path}.statuses`, statuses, mostNames);
  return {
    ...given('from', from),
    ...given('to', to),
    ...given('projectIds', projects),
    ...given('apiKeyIds', apiKeys),
    ...given('users', users),
    ...given('modelIds', models),
    ...given('providerIds', providers),
    ...given('workloads', workloads),
    ...given('statuses', statuses),
    ...(labels == null ? {} : { labels: readLabels(`${path}.labels`, labels) }),
  };
}
