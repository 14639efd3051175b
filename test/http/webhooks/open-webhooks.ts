import { createLogger } from '../../../src/http/logging.ts';
import { createMetrics } from '../../../src/http/metrics.ts';
import type { ReceiverTarget } from '../../../src/http/webhooks/receiver.ts';
import { createWebhooks, type WebhookSettings, type Webhooks } from '../../../src/http/webhooks/webhooks.ts';
import { type Alert, alertTypes, type BudgetAlert } from '../../../src/model/alert.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

export const secret = 'a-secret-of-at-least-thirty-two-bytes';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly webhookId?: string;
  readonly receiver?: string;
  readonly tries?: number;
  readonly status?: number;
  readonly fault?: string;
  readonly retryInMs?: number;
}

export interface OpenedWebhooks {
  readonly webhooks: Webhooks;
  readonly clock: ManualClock;
  /** All that was logged so far. */
  lines(): readonly LogLine[];
  /** The log as it was written. */
  written(): string;
  /** A figure by its whole name: `waiting{receiver="…"}`; undefined where there is none. */
  figure(name: string): Promise<number | undefined>;
  tell(alert: Alert): void;
}

export interface OpenOptions {
  /** Default 0.5. */
  readonly random?: () => number;
  readonly connection?: ReceiverTarget['connection'];
}

/** Webhooks to these receivers by a clock that the test moves, with real connections, a log and metrics. */
export function openWebhooks(
  settings: readonly WebhookSettings[],
  { random = () => 0.5, connection = {} }: OpenOptions = {},
): OpenedWebhooks {
  const clock = manualClock();
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const metrics = createMetrics();
  const log = createLogger({ level: 'trace', nodeId: 'node-1', destination });
  const webhooks = createWebhooks(settings, connection, { clock, random, log, figures: metrics.webhooks });
  return {
    webhooks,
    clock,
    lines: () => written.map(line => JSON.parse(line) as LogLine),
    written: () => written.join(''),
    async figure(name) {
      const { text } = await metrics.collect();
      const line = text.split('\n').find(candidate => candidate.startsWith(`tollgate_webhook_deliveries_${name} `));
      return line === undefined ? undefined : Number(line.split(' ').at(-1));
    },
    tell: alert => webhooks.observer.alerted?.(alert),
  };
}

/** Sends every alert to `url`, within ten seconds. */
export function settingsOf(url: string, changes: Partial<WebhookSettings> = {}): WebhookSettings {
  return { url, secret, events: alertTypes, timeoutMs: 10_000, ...changes };
}

/** The alert with this number: its id differs from that of every other. */
export function budgetAlert(number = 1, changes: Partial<BudgetAlert> = {}): BudgetAlert {
  return {
    type: 'budget.threshold',
    id: `01980000-0000-7000-8000-${String(number).padStart(12, '0')}`,
    at: Date.UTC(2026, 10, 22, 9, 30),
    policyId: '01980000-0000-7000-8000-00000000000a',
    budget: 'monthly',
    per: 'PROJECT',
    scopeId: 'pilot',
    tenantId: 'acme',
    threshold: 80,
    limit: 1_234_567_890_123n,
    resetsAt: Date.UTC(2026, 11, 1),
    ...changes,
  };
}
