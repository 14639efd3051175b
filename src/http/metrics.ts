import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CredentialState } from '../gateway/credential-states.ts';
import type { GatewayObserver } from '../gateway/observer.ts';
import { splitEndpointId } from '../model/catalog.ts';
import { formatDollars } from '../model/money.ts';
import { createAlertMetrics, type WebhookFigures } from './alert-metrics.ts';
import { addBacklogMetrics, type BacklogFigures } from './backlog-metrics.ts';
import { addCredentialMetrics } from './credential-metrics.ts';
import { createLedgerMetrics, type LedgerFigures } from './ledger-metrics.ts';

/** The figures of one process, in a registry of their own. */
export interface Metrics {
  /** To be given to the gateway. */
  readonly observer: GatewayObserver;
  /** To be given to the webhooks. */
  readonly webhooks: WebhookFigures;
  /** Where the gauges that concern all nodes come from; until then they are not shown. */
  watch(figures: () => NodeFigures): void;
  readonly ledger: LedgerFigures;
  /** What `/metrics` answers with. */
  collect(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** All that is measured: `docs/metrics.md` lists the same. */
  describe(): Promise<readonly MetricDescription[]>;
  /** Forgets all values and stops measuring the process. */
  close(): void;
}

/** What a node tells of its installation. */
export interface NodeFigures {
  /** Absent where the policies come from elsewhere. */
  readonly policyVersion?: number;
  readonly liveNodes: number;
  /** Absent where the ledger is this node's alone. */
  readonly backlog?: BacklogFigures;
  /** Absent where the counters are this node's alone. */
  readonly areCountersReachable?: boolean;
  /** Of all configured providers. */
  readonly credentials: readonly CredentialState[];
}

export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

const none = 'none';
const durationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 300];
const overheadBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];
const tokenBuckets = [16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144];
const costBuckets = [0.00001, 0.0001, 0.001, 0.01, 0.1, 1, 10];

/**
 * Measures runs for Prometheus.
 *
 * Labels are bounded: models and providers only as the catalogue names them, never what a caller wrote.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const running = new Gauge({
    name: 'tollgate_completions_running',
    help: 'Completions under way.',
    labelNames: ['entrance'],
    registers,
  });
  const completions = new Counter({
    name: 'tollgate_completions_total',
    help: 'Completions that ended.',
    labelNames: ['entrance', 'status', 'error', 'provider', 'model'],
    registers,
  });
  const duration = new Histogram({
    name: 'tollgate_completion_duration_seconds',
    help: 'From the request to its last event.',
    labelNames: ['entrance', 'status'],
    buckets: durationBuckets,
    registers,
  });
  const firstToken = new Histogram({
    name: 'tollgate_time_to_first_token_seconds',
    help: 'From the request to the first content of its answer.',
    labelNames: ['provider'],
    buckets: durationBuckets,
    registers,
  });
  const overhead = new Histogram({
    name: 'tollgate_gateway_overhead_seconds',
    help: 'Of a completion, what was spent in the gateway itself.',
    labelNames: ['entrance'],
    buckets: overheadBuckets,
    registers,
  });
  const outputTokens = new Histogram({
    name: 'tollgate_completion_output_tokens',
    help: 'Output tokens of a completion, over all attempts.',
    labelNames: ['provider'],
    buckets: tokenBuckets,
    registers,
  });
  const completionCost = new Histogram({
    name: 'tollgate_completion_cost_dollars',
    help: 'Cost of a completion in US dollars, over all attempts.',
    labelNames: ['provider'],
    buckets: costBuckets,
    registers,
  });
  const attempts = new Counter({
    name: 'tollgate_attempts_total',
    help: 'Calls of providers that ended.',
    labelNames: ['provider', 'model', 'outcome'],
    registers,
  });
  const attemptDuration = new Histogram({
    name: 'tollgate_attempt_duration_seconds',
    help: 'From the start of a call of a provider to its end.',
    labelNames: ['provider', 'outcome'],
    buckets: durationBuckets,
    registers,
  });
  const tokens = new Counter({
    name: 'tollgate_tokens_total',
    help: 'Tokens by kind; input includes cached_input and cache_write, output includes reasoning.',
    labelNames: ['provider', 'model', 'kind'],
    registers,
  });
  const cost = new Counter({
    name: 'tollgate_cost_dollars_total',
    help: 'Cost in US dollars, as a float: the exact amounts stand in the ledger.',
    labelNames: ['provider', 'model'],
    registers,
  });
  const wouldRefuse = new Counter({
    name: 'tollgate_monitored_refusals_total',
    help: 'Requests that a rate limit under MONITOR would have refused.',
    labelNames: ['unit'],
    registers,
  });
  const overloaded = new Counter({
    name: 'tollgate_overloaded_total',
    help: 'Requests that were refused because the node ran as many completions as it takes.',
    registers,
  });
  const faults = new Counter({
    name: 'tollgate_internal_faults_total',
    help: 'Faults of the gateway itself while a completion ran or was booked.',
    registers,
  });
  const { alerted, webhooks } = createAlertMetrics(registry);
  let figures: (() => NodeFigures) | undefined;
  new Gauge({
    name: 'tollgate_policy_version',
    help: 'Number of the last change of policies that is in force on this node; the same on all nodes, within seconds.',
    registers,
    collect() {
      const version = figures?.().policyVersion;
      if (version !== undefined) this.set(version);
    },
  });
  new Gauge({
    name: 'tollgate_counters_reachable',
    help: 'Whether Redis, which counts budgets and rates, is connected: 1 or 0.',
    registers,
    collect() {
      const isReachable = figures?.().areCountersReachable;
      if (isReachable !== undefined) this.set(isReachable ? 1 : 0);
    },
  });
  new Gauge({
    name: 'tollgate_nodes_live',
    help: 'Nodes that may be serving requests, as this one sees it.',
    registers,
    collect() {
      if (figures !== undefined) this.set(figures().liveNodes);
    },
  });

  addBacklogMetrics(registry, () => figures?.().backlog);
  addCredentialMetrics(registry, () => figures?.().credentials);

  const observer: GatewayObserver = {
    alerted,
    overloaded: () => overloaded.inc(),
    opened({ entrance }) {
      running.inc({ entrance });
      return {
        attemptSettled({ outcome, durationMs, usage }, { providerId: provider, modelId: model }) {
          attempts.inc({ provider, model, outcome });
          attemptDuration.observe({ provider, outcome }, durationMs / 1_000);
          tokens.inc({ provider, model, kind: 'input' }, usage.inputTokens);
          tokens.inc({ provider, model, kind: 'output' }, usage.outputTokens);
          tokens.inc({ provider, model, kind: 'reasoning' }, usage.reasoningTokens);
          tokens.inc({ provider, model, kind: 'cached_input' }, usage.cachedInputTokens);
          tokens.inc({ provider, model, kind: 'cache_write' }, usage.cacheWriteTokens);
          cost.inc({ provider, model }, Number(formatDollars(usage.cost)));
        },
        closed({ status, error, endpointId, createdAt, finishedAt, firstTokenMs, overheadMs }, usage) {
          const answering = endpointId === undefined ? undefined : splitEndpointId(endpointId);
          const provider = answering?.providerId ?? none;
          running.dec({ entrance });
          completions.inc({
            entrance,
            status,
            error: error?.code ?? none,
            provider,
            model: answering?.modelId ?? none,
          });
          duration.observe({ entrance, status }, Math.max(0, finishedAt - createdAt) / 1_000);
          overhead.observe({ entrance }, overheadMs / 1_000);
          if (firstTokenMs !== undefined) firstToken.observe({ provider }, firstTokenMs / 1_000);
          outputTokens.observe({ provider }, usage.outputTokens);
          completionCost.observe({ provider }, Number(formatDollars(usage.cost)));
        },
        wouldRefuse: ({ unit }) => wouldRefuse.inc({ unit }),
        failed: () => faults.inc(),
      };
    },
  };

  return {
    observer,
    webhooks,
    watch(source) {
      figures = source;
    },
    ledger: createLedgerMetrics(registry),
    collect: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    describe: async () =>
      (await registry.getMetricsAsJSON()).map(({ name, help, type }) => ({ name, help, type: String(type) })),
    close: () => registry.clear(),
  };
}
