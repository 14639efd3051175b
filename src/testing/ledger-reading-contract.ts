import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { Endpoint, Provider } from '../model/catalog.ts';
import type { RouteDecision } from '../model/route.ts';
import type { LedgerStore, OpenedCompletion, UsageFilter, UsageQuery } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { attempted, book, closed, idAt, opened, settled, usage } from './ledger-entries.ts';

const start = Date.UTC(2026, 10, 4, 10, 20, 30);
const hour = 3_600_000;

const endpoint: Endpoint = {
  id: 'author/model@provider',
  modelId: 'author/model',
  providerId: 'provider',
  wireModel: 'model-1',
  price: { input: 3_000_000_000n, tiers: [{ aboveInputTokens: 200_000, input: 6_000_000_000n }] },
  contextTokens: 1000,
  inputModalities: ['TEXT'],
  capabilities: ['TOOLS'],
  unsupportedParameters: [],
  deprecated: false,
};
const provider: Provider = {
  id: 'provider',
  name: 'Provider',
  vendor: 'vendor',
  protocol: 'openai',
  region: 'eu-west-1',
  dataPolicy: { retention: 'LIMITED', retentionDays: 30, training: false, validUntil: '2026-12-31' },
};
const route: RouteDecision = {
  candidates: [
    { endpoint, provider, status: 'SELECTED', exclusions: [], expectedCost: 5n, score: [{ name: 'cost', value: 5n }] },
    {
      endpoint: { ...endpoint, id: 'author/model@other', providerId: 'other' },
      status: 'EXCLUDED',
      exclusions: [{ code: 'REGION', detail: 'not in eu', policy: { policyId: 'p', revision: 2 }, enforced: true }],
      score: [],
      wouldRank: 1,
    },
  ],
  policies: [{ policyId: 'p', revision: 2 }],
  findings: [{ kind: 'EMAIL', action: 'REDACT', direction: 'INPUT', enforced: true, count: 1 }],
  workload: 'chat',
};

const everything: UsageQuery = { filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 100 };

/** Tenant a with a project below it, and tenant b; costs 1, 2 and 4. */
async function twoTenants(store: LedgerStore): Promise<readonly OpenedCompletion[]> {
  const labels = [{ name: 'team', value: "o'hara%" }];
  return [
    await book(store, 1, start, { apiKeyId: 'key-a', user: 'ann', labels }),
    await book(store, 2, start + hour, { projectId: 'a1', projectPath: ['a1', 'a'], workload: 'search' }),
    await book(
      store,
      4,
      start + 2 * hour,
      { tenantId: 'b', projectId: 'b', projectPath: ['b'], labels: [...labels, { name: 'x', value: '' }] },
      { endpointId: 'x/y@other', modelId: 'x/y', providerId: 'other', vendor: 'second', region: 'eu' },
    ),
  ];
}

const filters: readonly (readonly [filter: UsageFilter, cost: bigint])[] = [
  [{}, 7n],
  [{ projectIds: ['a'] }, 3n],
  [{ projectIds: ['a1'] }, 2n],
  [{ projectIds: ['b'] }, 4n],
  [{ projectIds: ['a', 'b'] }, 7n],
  [{ projectIds: [] }, 0n],
  [{ projectIds: ["a' or '1'='1", '%'] }, 0n],
  [{ apiKeyIds: ['key-a'] }, 1n],
  [{ users: ['ann'], projectIds: ['b'] }, 0n],
  [{ modelIds: ['x/y'] }, 4n],
  [{ providerIds: ['provider'] }, 3n],
  [{ workloads: ['chat'] }, 5n],
  [{ statuses: ['FAILED'] }, 0n],
  [{ labels: [{ name: 'team', value: "o'hara%" }] }, 5n],
  [
    {
      labels: [
        { name: 'team', value: "o'hara%" },
        { name: 'x', value: '' },
      ],
    },
    4n,
  ],
  [{ labels: [{ name: 'team', value: 'o%' }] }, 0n],
  [{ from: start + 1 }, 6n],
  [{ to: start + 2 * hour }, 3n],
  [{ from: start, to: start }, 0n],
];

/** How the ledger is read. */
export const ledgerReadingContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'gives a completion back with its decision, attempts and amounts, and no content',
    async run(make) {
      const store = await make();
      const labels = [
        { name: 'b', value: '2' },
        { name: 'a', value: '1' },
      ];
      const completion = opened(idAt(start, 1), start, { route, labels, redactions: route.findings });
      const attempt = attempted(completion, 2);
      const error = { code: 'STREAM_CUT', message: 'cut', retryable: true, excludedBy: [] } as const;
      await store.openCompletion(completion);
      await store.openAttempt(attempt);
      await store.settleAttempt(settled(attempt, { outcome: 'CUT', error, firstTokenMs: 3.5 }));
      await store.closeCompletion(
        closed(completion, { status: 'INCOMPLETE', error, firstTokenMs: 4.5, redactions: route.findings }),
      );
      deepEqual(await store.completions(['none', completion.id, idAt(start, 9)]), [
        undefined,
        {
          id: completion.id,
          tenantId: 'a',
          projectId: 'a',
          status: 'INCOMPLETE',
          error,
          usage: usage(5, 7n),
          route,
          attempts: [
            {
              id: attempt.id,
              endpointId: attempt.endpointId,
              outcome: 'CUT',
              status: 200,
              error,
              startedAt: start,
              durationMs: 20,
              firstTokenMs: 3.5,
              usage: usage(5, 7n),
            },
          ],
          redactions: route.findings,
          createdAt: start,
          finishedAt: start + 30,
          timing: { firstTokenMs: 4.5, totalMs: 30, overheadMs: 0.5 },
          workload: 'chat',
          labels,
        },
        undefined,
      ]);
    },
  },
  {
    name: 'keeps the data policy that each decision saw, after it has changed',
    async run(make) {
      const store = await make();
      const policies: readonly (Provider['dataPolicy'] | undefined)[] = [
        provider.dataPolicy,
        { retention: 'UNKNOWN' },
        undefined,
        { ...provider.dataPolicy },
      ];
      const ids: string[] = [];
      for (const [index, dataPolicy] of policies.entries()) {
        const seen = dataPolicy === undefined ? {} : { provider: { ...provider, dataPolicy } };
        const candidates = [{ endpoint, ...seen, status: 'SELECTED', exclusions: [], score: [] } as const];
        const completion = opened(idAt(start, index), start, { route: { ...route, candidates } });
        await store.openCompletion(completion);
        ids.push(completion.id);
      }
      const found = (await store.completions(ids)).map(completion => completion?.route?.candidates[0]);
      deepEqual(
        found.map(candidate => candidate?.provider?.dataPolicy),
        policies,
      );
      deepEqual(
        found.map(candidate => candidate?.endpoint),
        policies.map(() => endpoint),
      );
    },
  },
  {
    name: 'lets a filter through nothing of another tenant, nor anything else that it does not name',
    async run(make) {
      const store = await make();
      await twoTenants(store);
      for (const [filter, cost] of filters) {
        for (const interval of ['MONTH', 'MINUTE'] as const) {
          const report = await store.usage({ ...everything, filter, interval });
          equal(report.total.cost, cost, JSON.stringify(filter));
          equal(
            report.series.reduce((sum, point) => sum + point.total.cost, 0n),
            cost,
          );
        }
        const listed = await store.listCompletions(filter, { first: 100 });
        equal(
          listed.entries.reduce((sum, { node }) => sum + node.usage.cost, 0n),
          cost,
          JSON.stringify(filter),
        );
      }
    },
  },
  {
    name: 'lists newest first, page by page, and refuses cursors and sizes that are not its own',
    async run(make) {
      const store = await make();
      const [first, second, third] = await twoTenants(store);
      const one = await store.listCompletions({}, { first: 2 });
      deepEqual([one.entries.map(({ node }) => node.id), one.hasNextPage], [[third?.id, second?.id], true]);
      const two = await store.listCompletions({}, { first: 2, after: one.entries[1]?.cursor ?? '' });
      deepEqual([two.entries.map(({ node }) => node.id), two.hasNextPage], [[first?.id], false]);
      for (const after of ['', 'bm90IGEgY3Vyc29y', 'W10', '\u0000', 'x'.repeat(5000)]) {
        await rejects(store.listCompletions({}, { first: 2, after }), { code: 'BAD_USER_INPUT' });
      }
      await rejects(store.listCompletions({}, { first: 501 }), { code: 'BAD_USER_INPUT' });
      await rejects(store.usage({ ...everything, first: 0 }), { code: 'BAD_USER_INPUT' });
      await rejects(store.usage({ ...everything, filter: { from: Number.NaN } }), { code: 'BAD_USER_INPUT' });
    },
  },
  {
    name: 'tells a label that is empty from one that is not there, and the largest groups from the rest',
    async run(make) {
      const store = await make();
      await twoTenants(store);
      const report = await store.usage({
        ...everything,
        groupBy: ['VENDOR', 'REGION'],
        groupByLabels: ['x'],
        first: 1,
      });
      deepEqual(
        report.groups.map(({ keys, total }) => [keys, total.cost]),
        [
          [
            [
              { dimension: 'VENDOR', value: 'second' },
              { dimension: 'REGION', value: 'eu' },
              { label: 'x', value: '' },
            ],
            4n,
          ],
        ],
      );
      equal(report.others?.cost, 3n);
      const all = await store.usage({ ...everything, groupByLabels: ['x'] });
      deepEqual(
        all.groups.map(({ keys }) => keys),
        [[{ label: 'x', value: '' }], [{ label: 'x' }]],
      );
      equal(all.others, undefined);
    },
  },
  {
    name: 'starts weeks on Monday and months on the first, in UTC',
    async run(make) {
      const store = await make();
      const [sunday, monday] = [Date.UTC(2026, 10, 1, 23, 59), Date.UTC(2026, 10, 2)];
      await book(store, 1, Date.UTC(2026, 9, 31, 23));
      await book(store, 2, sunday);
      await book(store, 3, monday);
      const series = async (interval: 'WEEK' | 'MONTH') =>
        (await store.usage({ ...everything, interval })).series.map(({ at, total }) => [at, total.requests]);
      deepEqual(await series('WEEK'), [
        [Date.UTC(2026, 9, 26), 2],
        [monday, 1],
      ]);
      deepEqual(await series('MONTH'), [
        [Date.UTC(2026, 9, 1), 1],
        [Date.UTC(2026, 10, 1), 2],
      ]);
    },
  },
];
