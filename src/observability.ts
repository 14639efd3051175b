import type { Config } from './config.ts';
import type { GatewayError } from './errors.ts';
import type { GatewayObserver } from './gateway/observer.ts';
import type { LedgerVerification } from './gateway/verify-ledger.ts';
import { createLogger, logCompletions, logFaults } from './http/logging.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { startTracing } from './http/tracing.ts';

/** Where log lines go: anything that takes them one by one. */
export interface LogDestination {
  write(line: string): void;
}

/** Everything that watches the gateway: logs, metrics and, where configured, traces. None of it sees content. */
export interface Observability {
  readonly logger: ReturnType<typeof createLogger>;
  readonly observers: readonly GatewayObserver[];
  readonly collectMetrics: Metrics['collect'];
  readonly ledgerVerified: (verification: LedgerVerification, isWhole: boolean) => void;
  readonly onFault: (error: GatewayError, requestId: string) => void;
  /** Sends what was not sent yet. */
  close(): Promise<void>;
}

/** @param destination Default: standard output. */
export async function startObservability(config: Config, destination?: LogDestination): Promise<Observability> {
  const { logLevel, nodeId, telemetry } = config;
  const logger = createLogger({ level: logLevel, nodeId, ...(destination === undefined ? {} : { destination }) });
  const metrics = createMetrics();
  const tracing = telemetry === undefined ? undefined : await startTracing(tracingOptions(telemetry));
  return {
    logger,
    observers: [logCompletions(logger), metrics.observer, ...(tracing === undefined ? [] : [tracing.observer])],
    collectMetrics: metrics.collect,
    ledgerVerified: ({ completions, attempts, differences, found }, isWhole) => {
      metrics.ledger.verified(found, Date.now(), isWhole);
      // Their keys may hold names of users: the command shows them.
      const checks = [...new Set(differences.map(({ check }) => check))];
      const facts = { completions, attempts, found, isWhole };
      if (found === 0) logger.info(facts, 'the ledger agrees with itself');
      else logger.error({ ...facts, checks }, 'the ledger does not agree with itself: run tollgate ledger verify');
    },
    onFault: logFaults(logger),
    async close() {
      metrics.close();
      // A collector that is away must not keep the process from ending well.
      await tracing?.close().catch((err: unknown) => logger.warn({ err }, 'the last traces could not be sent'));
    },
  };
}

function tracingOptions({ endpoint, serviceName, headers }: NonNullable<Config['telemetry']>) {
  const revealed = Object.fromEntries(Object.entries(headers).map(([name, secret]) => [name, secret.reveal()]));
  return { endpoint, serviceName, headers: revealed };
}
