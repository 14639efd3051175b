import type { Endpoint, Provider } from '../src/model/catalog.ts';
import type { RouteDecision } from '../src/model/route.ts';
import type { LedgerStore } from '../src/stores/ledger-store.ts';
import { attempted, closed, idAt, opened, settled } from '../src/testing/ledger-entries.ts';

const endpoints = Array.from(
  { length: 5 },
  (_, place): Endpoint =>
    ({
      id: `author/model@provider-${place}`,
      modelId: 'author/model',
      providerId: `provider-${place}`,
      price: { input: 1_000_000n, output: 5_000_000n, tiers: [] },
      capabilities: ['STREAMING'],
    }) as unknown as Endpoint,
);
const route: RouteDecision = {
  candidates: endpoints.map((endpoint, place) => ({
    endpoint,
    provider: { id: endpoint.providerId, vendor: 'vendor', region: 'eu' } as unknown as Provider,
    status: place === 0 ? 'CHOSEN' : 'ELIGIBLE',
    exclusions: [],
    expectedCost: 12_345n,
    score: [{ name: 'cost', value: BigInt(place) }],
  })) as unknown as RouteDecision['candidates'],
  policies: [],
  findings: [],
  workload: 'chat',
};
const budgets = [
  { key: 'tenant:a:day:20761', tenantId: 'a' },
  { key: 'project:p:month:682', tenantId: 'a' },
];
let serial = 0;

/** Opens a completion of one attempt with five candidates, and returns what ends it. */
export async function openMade(ledger: LedgerStore): Promise<() => Promise<void>> {
  serial += 1;
  const at = Date.now();
  const completion = opened(idAt(at, serial), at, {
    projectId: `p${serial % 20}`,
    projectPath: [`p${serial % 20}`, 'a'],
    apiKeyId: `k${serial % 100}`,
    user: `u${serial % 500}`,
    labels: [{ name: 'team', value: `t${serial % 10}` }],
    route,
  });
  const attempt = attempted(completion, 1_000_000_000 + serial, { budgets, endpointId: 'author/model@provider-0' });
  await Promise.all([ledger.openCompletion(completion), ledger.openAttempt(attempt)]);
  return async () => {
    await Promise.all([
      ledger.settleAttempt(settled(attempt)),
      ledger.closeCompletion(closed(completion, { endpointId: attempt.endpointId })),
    ]);
  };
}

/** Opens and ends so many, some hundred at once. */
export async function fillLedger(ledger: LedgerStore, completions: number): Promise<void> {
  for (let done = 0; done < completions; done += 500) {
    const ends = await Promise.all(Array.from({ length: 500 }, () => openMade(ledger)));
    await Promise.all(ends.map(end => end()));
  }
}
