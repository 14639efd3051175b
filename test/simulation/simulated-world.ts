import { createCatalog } from '../../src/catalog/create-catalog.ts';
import type { ConfiguredProvider } from '../../src/gateway/core.ts';
import { createGate, type Gate } from '../../src/gateway/gate.ts';
import { providerWith } from '../../src/gateway/provider-credentials.ts';
import type { BudgetRule, PolicyContribution } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import { region } from '../../src/policy/rules/region.ts';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { memoryHealthStore } from '../../src/stores/memory/health-store.ts';
import { memoryRateLimitStore } from '../../src/stores/memory/rate-limit-store.ts';
import { memorySessionStore } from '../../src/stores/memory/session-store.ts';
import { model } from '../support/open-gate.ts';
import { type RecordingLedger, recordingLedger } from './recording-ledger.ts';
import type { SeededRandom } from './seeded-random.ts';
import { type MoodChange, type SimulatedProvider, simulatedProvider } from './simulated-provider.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

export const startAt = Date.UTC(2026, 10, 22);

/** Where the simulated providers stand; a policy allows Europe alone. */
export const regions = { first: 'eu-west-1', second: 'eu-central-1', forbidden: 'us-east-1' } as const;
export type ProviderId = keyof typeof regions;

export interface SimulatedWorld {
  readonly gate: Gate;
  readonly time: VirtualTime;
  readonly ledger: RecordingLedger;
  readonly providers: Readonly<Record<ProviderId, SimulatedProvider>>;
}

const pot: BudgetRule = { name: 'pot', limit: 1_000_000_000n, window: 'TOTAL', per: 'PROJECT' };
const contributions: readonly PolicyContribution[] = [
  {
    policy: { policyId: 'europe', revision: 1 },
    ownerId: 'bank',
    mode: 'ENFORCE',
    rules: { region: { allow: ['eu'] }, budgets: [pot] },
  },
];

/** The product's gate with its routing, health, budgets and policies, over simulated providers and time. */
export function simulateWorld(
  random: SeededRandom,
  moods: Readonly<Record<ProviderId, readonly MoodChange[]>>,
): SimulatedWorld {
  const time = createVirtualTime(startAt);
  const ids = ['first', 'second', 'forbidden'] as const satisfies readonly ProviderId[];
  const made = ids.map(id => [id, simulatedProvider(id, time, random, moods[id])] as const);
  const providers = Object.fromEntries(made) as Record<ProviderId, SimulatedProvider>;
  const limits = { firstEventMs: 12_000, idleMs: 20_000, unaryMs: 60_000, reasoningMs: 120_000 };
  const configured = {
    catalog: createCatalog([], {
      today: '2026-11-22',
      providers: ids.map((id, index) => ({
        id,
        protocol: 'openai',
        baseUrl: 'http://127.0.0.1:1/v1',
        region: regions[id],
        models: [model('acme/one', String(id === 'forbidden' ? 0.1 : index + 1))],
      })),
    }),
    providers: new Map<string, ConfiguredProvider>(
      ids.map(id => {
        const adapters = [{ name: '1', use: providers[id].adapter }];
        return [id, providerWith(adapters, { limits, isSandbox: false })];
      }),
    ),
    lease: () => () => {},
  };
  const ledger = recordingLedger();
  const rates = memoryRateLimitStore({ now: time.monotonicMs });
  const gate = createGate({
    configured: () => configured,
    rules: [region(), budgets()],
    policies: { contributionsFor: () => contributions },
    clock: time,
    random: random.next,
    observers: [],
    ledger: ledger.store,
    access: {} as never,
    budgets: memoryBudgetStore({ now: time.now }),
    rates,
    localRates: rates,
    nodes: { ownId: 'node', live: ['node'] },
    health: memoryHealthStore(),
    sessions: memorySessionStore(),
    pseudonymOf: (_, endUser) => `user-${endUser.length}`,
    hashPrincipal: text => `hash-${text.length}`,
    allowedOptions: {},
  });
  return { gate, time, ledger, providers };
}
