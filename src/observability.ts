import type { Config } from './config.ts';
import type { GatewayError } from './errors.ts';
import type { GatewayObserver } from './gateway/observer.ts';
import type { LedgerVerification } from './gateway/verify-ledger.ts';
import { createLogger, logAlerts, logCompletions, logFaults } from './http/logging.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { startTracing } from './http/tracing.ts';
import { createWebhooks, type WebhookSettings } from './http/webhooks/webhooks.ts';
import { revealProxy } from './reveal-proxy.ts';
import { systemClock } from './system-clock.ts';

/** Where log lines go: anything that takes them one by one. */
export interface LogDestination {
  write(line: string): void;
}

/** Everything that watches the gateway: logs, metrics and, where configured, traces and webhooks. None of it sees content. */
export interface Observability {
  readonly logger: ReturnType<typeof createLogger>;
  readonly observers: readonly GatewayObserver[];
  readonly collectMetrics: Metrics['collect'];
  readonly watchNodes: Metrics['watch'];
  readonly ledgerVerified: (verification: LedgerVerification, isWhole: boolean) => void;
  readonly onFault: (error: GatewayError, requestId: string) => void;
  /** Tells alerts where the new configuration says. */
  reconfigure(config: Config): void;
  /** Sends what was not sent yet, for a few seconds at most. */
  close(): Promise<void>;
}

/** @param destination Default: standard output. */
export async function startObservability(config: Config, destination?: LogDestination): Promise<Observability> {
  const { logLevel, nodeId, telemetry } = config;
  const logger = createLogger({ level: logLevel, nodeId, ...(destination === undefined ? {} : { destination }) });
  const metrics = createMetrics();
  const tracing = telemetry === undefined ? undefined : await startTracing(tracingOptions(telemetry));
  const webhooks = createWebhooks(webhookSettings(config), connectionOf(config), {
    clock: systemClock,
    random: Math.random,
    log: logger,
    figures: metrics.webhooks,
  });
  return {
    logger,
    observers: [
      logCompletions(logger),
      logAlerts(logger),
      metrics.observer,
      webhooks.observer,
      ...(tracing === undefined ? [] : [tracing.observer]),
    ],
    collectMetrics: metrics.collect,
    watchNodes: metrics.watch,
    ledgerVerified: ({ completions, attempts, differences, found }, isWhole) => {
      metrics.ledger.verified(found, Date.now(), isWhole);
      // Their keys may hold names of users: the command shows them.
      const checks = [...new Set(differences.map(({ check }) => check))];
      const facts = { completions, attempts, found, isWhole };
      if (found === 0) logger.info(facts, 'the ledger agrees with itself');
      else logger.error({ ...facts, checks }, 'the ledger does not agree with itself: run tollgate ledger verify');
    },
    onFault: logFaults(logger),
    reconfigure: next => webhooks.reconfigure(webhookSettings(next), connectionOf(next)),
    async close() {
      await webhooks.close();
      metrics.close();
      // A collector that is away must not keep the process from ending well.
      await tracing?.close().catch((err: unknown) => logger.warn({ err }, 'the last traces could not be sent'));
    },
  };
}

function webhookSettings({ webhooks }: Config): readonly WebhookSettings[] {
  return webhooks.map(({ url, secret, ...rest }) => ({ url: url.reveal(), secret: secret.reveal(), ...rest }));
}

function connectionOf({ proxy, certificates }: Config) {
  return { proxy: revealProxy(proxy), certificates };
}

function tracingOptions({ endpoint, serviceName, headers }: NonNullable<Config['telemetry']>) {
  const revealed = Object.fromEntries(Object.entries(headers).map(([name, secret]) => [name, secret.reveal()]));
  return { endpoint, serviceName, headers: revealed };
}
