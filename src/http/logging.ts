import { type DestinationStream, type Logger, pino } from 'pino';
import { type GatewayError, OperatorReason } from '../errors.ts';
import type { GatewayObserver } from '../gateway/observer.ts';
import { formatDollars } from '../model/money.ts';
import { alertFacts } from './alert-facts.ts';

export interface LoggerOptions {
  /** `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. */
  readonly level: string;
  readonly nodeId: string;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** Writes one JSON document per line. Whoever calls it gives it facts only, never content. */
export function createLogger({ level, nodeId, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { node: nodeId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // An error that strays into a line is told by its name and frames: its message may hold content.
    serializers: { err: describeFault, error: describeFault },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Logs one line for each completion, when it ends: who, where, how much, how long. */
export function logCompletions(logger: Logger): GatewayObserver {
  return {
    opened(opened, requestId) {
      const { id: completionId, entrance, tenantId, projectId, apiKeyId, createdAt } = opened;
      let attempts = 0;
      return {
        attemptSettled() {
          attempts += 1;
        },
        closed({ status, error, endpointId, finishReason, finishedAt, firstTokenMs, overheadMs }, usage) {
          logger.info(
            {
              requestId,
              completionId,
              entrance,
              tenantId,
              projectId,
              apiKeyId,
              status,
              code: error?.code,
              endpointId,
              finishReason,
              attempts,
              inputTokens: usage.inputTokens,
              outputTokens: usage.outputTokens,
              cost: formatDollars(usage.cost),
              estimated: usage.estimated,
              totalMs: finishedAt - createdAt,
              firstTokenMs,
              overheadMs,
            },
            'completion',
          );
        },
        wouldRefuse({ rule, unit, limit, policy }) {
          logger.info({ requestId, completionId, rule, unit, limit, ...policy }, 'a limit under MONITOR would refuse');
        },
        failed(cause) {
          logger.error({ requestId, completionId, err: cause }, 'a completion failed inside the gateway');
        },
      };
    },
  };
}

/** Logs one line for each alert: ids and figures, and of a budget its name. */
export function logAlerts(logger: Logger): GatewayObserver {
  return {
    opened: () => undefined,
    alerted(alert) {
      const { scopeId, ...facts } = alertFacts(alert);
      // Who uses it is in no other line either.
      const isPerson = alert.type === 'budget.threshold' && alert.per === 'USER';
      logger.warn({ alert: alert.type, alertId: alert.id, scopeId: isPerson ? undefined : scopeId, ...facts }, 'alert');
    },
  };
}

/** Logs a fault that was answered outside of a run. */
export function logFaults(logger: Logger): (error: GatewayError, requestId: string) => void {
  return (error, requestId) => {
    const { code, path, cause } = error;
    if (code === 'INTERNAL') logger.error({ requestId, code, err: cause }, 'a request failed inside the gateway');
    else logger.info({ requestId, code, path }, 'a request was refused');
  };
}

function describeFault(fault: unknown): Readonly<Record<string, unknown>> {
  if (!(fault instanceof Error)) return { name: typeof fault };
  const frames = (fault.stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
  return {
    name: fault.name,
    ...(code === undefined ? {} : { code }),
    ...(fault instanceof OperatorReason ? { reason: fault.message } : {}),
    frames: frames.slice(0, 20).map(frame => frame.trim()),
    ...(fault.cause === undefined ? {} : { cause: describeFault(fault.cause) }),
  };
}
