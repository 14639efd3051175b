import { afterEach } from 'vitest';
import type { ConfiguredModel } from '../../src/catalog/configured-provider.ts';
import { createCatalog } from '../../src/catalog/create-catalog.ts';
import { type ConfiguredProvider, type GatewayParts, noPolicies, type ProviderLimits } from '../../src/gateway/core.ts';
import { createGate, type Gate } from '../../src/gateway/gate.ts';
import type { CompletionRun } from '../../src/gateway/gateway.ts';
import { providerWith } from '../../src/gateway/provider-credentials.ts';
import type { DataPolicy } from '../../src/model/catalog.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Completion, CompletionEvent, TerminalEvent } from '../../src/model/completion.ts';
import type { CompletionRequest, Prompt, RoutingPreferences } from '../../src/model/completion-request.ts';
import type { Principal } from '../../src/model/principal.ts';
import { region } from '../../src/policy/rules/region.ts';
import { retention } from '../../src/policy/rules/retention.ts';
import { createHttpProvider } from '../../src/providers/http-provider.ts';
import { openaiCompatible } from '../../src/providers/openai-compatible/openai-compatible.ts';
import type { LedgerStore } from '../../src/stores/ledger-store.ts';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { memoryHealthStore } from '../../src/stores/memory/health-store.ts';
import { memoryRateLimitStore } from '../../src/stores/memory/rate-limit-store.ts';
import { memorySessionStore } from '../../src/stores/memory/session-store.ts';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { systemClock } from '../../src/system-clock.ts';
import { noPreferences } from './candidates.ts';
import type { ManualClock } from './manual-clock.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Closes it after the test, the last opened first. */
export function closeAfterTest(close: () => Promise<void>): void {
  closers.push(close);
}

/** One provider of the openai protocol. */
export interface GateProvider {
  readonly id: string;
  readonly url: string;
  readonly region?: string;
  readonly dataPolicy?: DataPolicy;
  /** Default: `acme/one` at a dollar per million tokens, in and out. */
  readonly models?: readonly ConfiguredModel[];
  readonly limits?: Partial<ProviderLimits>;
  readonly isSandbox?: boolean;
  /** Default: one, `key-of-<id>`. */
  readonly keys?: readonly string[];
  readonly billsAfterAbort?: boolean;
}

export interface OpenGateOptions
  extends Partial<Pick<GatewayParts, 'rules' | 'policies' | 'observers' | 'health' | 'budgets' | 'rates'>> {
  /** Default: the machine's. */
  readonly clock?: Clock | ManualClock;
  readonly providers: readonly GateProvider[];
  /** Stands between the gate and the ledger, to act at a chosen moment; what it calls is the real one. */
  readonly ledger?: (real: LedgerStore, stores: SqliteStores) => LedgerStore;
}

export interface OpenedGate {
  readonly gate: Gate;
  readonly stores: SqliteStores;
  /** Runs that still hold the configuration which they began with. */
  readonly leases: number;
}

/** A clock that stands still fires no timer by itself. */
function moveOn(clock: Clock | ManualClock): void {
  if ('advance' in clock) clock.advance(0);
}

export function model(as: string, dollars: string | undefined = '1'): ConfiguredModel {
  return {
    id: as.replace('/', '-'),
    as,
    contextTokens: 8_000,
    capabilities: ['TOOLS', 'STREAMING'],
    ...(dollars === '' ? {} : { price: { input: dollars, output: dollars } }),
  };
}

const usualLimits: ProviderLimits = { firstEventMs: 5_000, idleMs: 5_000, unaryMs: 5_000, reasoningMs: 5_000 };

/** A gate over real stores and real HTTP adapters; all of it is closed after the test. */
export async function openGate(options: OpenGateOptions): Promise<OpenedGate> {
  const { rules = [region(), retention()], policies = noPolicies, clock = systemClock, observers = [] } = options;
  const stores = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(() => stores.close().catch(() => {}));
  const catalog = createCatalog([], {
    today: '2026-11-22',
    providers: options.providers.map(
      ({ id, url, models = [model('acme/one')], region: place, dataPolicy, billsAfterAbort }) => ({
        id,
        protocol: 'openai',
        baseUrl: `${url}/v1`,
        models,
        ...(place === undefined ? {} : { region: place }),
        ...(dataPolicy === undefined ? {} : { dataPolicy }),
        ...(billsAfterAbort === undefined ? {} : { billsAfterAbort }),
      }),
    ),
  });
  const providers = new Map<string, ConfiguredProvider>();
  for (const { id, url, limits, isSandbox = false, keys = [`key-of-${id}`] } of options.providers) {
    const adapters = keys.map((apiKey, index) => {
      const use = createHttpProvider({ id, baseUrl: `${url}/v1`, apiKey }, openaiCompatible);
      closeAfterTest(() => use.close());
      return { name: String(index + 1), use };
    });
    providers.set(id, providerWith(adapters, { limits: { ...usualLimits, ...limits }, isSandbox }));
  }
  let leases = 0;
  const configured = {
    catalog,
    providers,
    lease() {
      leases += 1;
      return () => {
        leases -= 1;
      };
    },
  };
  const rates = memoryRateLimitStore({ now: clock.monotonicMs });
  const gate = createGate({
    configured: () => configured,
    rules,
    policies,
    clock,
    observers,
    ledger: options.ledger?.(stores.ledger, stores) ?? stores.ledger,
    access: stores.access,
    budgets: options.budgets ?? memoryBudgetStore({ now: clock.now }),
    rates: options.rates ?? rates,
    localRates: rates,
    nodes: { ownId: 'node', live: ['node'] },
    health: options.health ?? memoryHealthStore(),
    sessions: memorySessionStore(),
    pseudonymOf: (projectId, endUser) => `${projectId}-${endUser.length}`,
    hashPrincipal: text => `hash of ${text.length}`,
    allowedOptions: { openai: openaiCompatible.allowedOptions },
  });
  closeAfterTest(async () => {
    const drained = gate.drain(0);
    moveOn(clock);
    await drained;
  });
  return {
    gate,
    stores,
    get leases() {
      return leases;
    },
  };
}

/** A member of the project `bank`, unless the test says otherwise. */
export function principal(changes: Partial<Principal> = {}): Principal {
  const projectId = changes.projectId ?? 'bank';
  return {
    tenantId: projectId,
    projectId,
    projectPath: [projectId],
    roles: [{ role: 'MEMBER', projectId }],
    ...changes,
  };
}

export interface RequestChanges extends Partial<Omit<CompletionRequest, 'prompt' | 'routing'>> {
  readonly prompt?: Partial<Prompt>;
  readonly routing?: Partial<RoutingPreferences>;
}

/** A streamed question to `acme/one`. */
export function request({ prompt, routing, ...changes }: RequestChanges = {}): CompletionRequest {
  return {
    model: 'acme/one',
    fallbackModels: [],
    workload: 'default',
    labels: [],
    deadlineMs: 10_000,
    stream: true,
    ...changes,
    prompt: {
      messages: [{ role: 'USER', parts: [{ type: 'text', text: 'Hello', cacheUpToHere: false }], toolCalls: [] }],
      tools: [],
      responseFormat: { type: 'TEXT' },
      maxOutputTokens: 64,
      stop: [],
      providerOptions: {},
      ...prompt,
    },
    // The cheapest first: other strategies draw lots.
    routing: { ...noPreferences, optimize: 'COST', ...routing },
  };
}

export const embedded = { entrance: 'EMBEDDED' } as const;

/** All events of a run, to the end of its stream. */
export async function eventsOf(run: CompletionRun): Promise<readonly CompletionEvent[]> {
  const events: CompletionEvent[] = [];
  for await (const batch of run.events) events.push(...batch);
  return events;
}

/** How a run ended. */
export async function endOf(run: CompletionRun): Promise<TerminalEvent> {
  const last = (await eventsOf(run)).at(-1);
  if (last === undefined || !isTerminal(last)) throw new Error(`the run ended without saying so: ${last?.type}`);
  return last;
}

export function isTerminal(event: CompletionEvent): event is TerminalEvent {
  return event.type === 'finished' || event.type === 'failed' || event.type === 'incomplete';
}

/** The completion as the ledger has it once no run is under way. */
export async function booked({ gate, stores }: OpenedGate, id: string): Promise<Completion> {
  while (gate.activeRuns > 0) await new Promise(resolve => setImmediate(resolve));
  const [completion] = await stores.ledger.completions([id]);
  if (completion === undefined) throw new Error(`nothing is booked under ${id}`);
  return completion;
}
