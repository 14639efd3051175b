import { Counter, Gauge, type Registry } from 'prom-client';
import { type Alert, alertTypes } from '../model/alert.ts';
import { budgetThresholds } from '../model/budget.ts';

export const webhookOutcomes = ['DELIVERED', 'FAILED', 'DROPPED'] as const;

/** How telling an alert to a receiver ended: taken; refused, or tried too often; not tried to the end. */
export type WebhookOutcome = (typeof webhookOutcomes)[number];

/** Counts what is sent to the receivers of webhooks, each by the origin of its URL. */
export interface WebhookFigures {
  /** There is such a receiver from now on: its figures are there, before anything is sent. */
  known(receiver: string): void;
  accepted(receiver: string): void;
  /** Of what was accepted. */
  settled(receiver: string, outcome: WebhookOutcome): void;
  /** Dropped before it was accepted. */
  turnedAway(receiver: string): void;
}

export interface AlertMetrics {
  alerted(alert: Alert): void;
  readonly webhooks: WebhookFigures;
}

const none = 'none';

/** Measures alerts and their webhooks for Prometheus. The receivers are those of the configuration, so labels are bounded. */
export function createAlertMetrics(registry: Registry): AlertMetrics {
  const registers = [registry];
  const alerts = new Counter({
    name: 'tollgate_alerts_total',
    help: 'What an operator was to be told at once.',
    labelNames: ['type', 'threshold'],
    registers,
  });
  const deliveries = new Counter({
    name: 'tollgate_webhook_deliveries_total',
    help: 'Alerts that were taken by a receiver of webhooks, or never will be.',
    labelNames: ['receiver', 'outcome'],
    registers,
  });
  const waiting = new Gauge({
    name: 'tollgate_webhook_deliveries_waiting',
    help: 'Alerts that a receiver of webhooks has not taken yet.',
    labelNames: ['receiver'],
    registers,
  });
  for (const type of alertTypes) {
    const thresholds = type === 'budget.threshold' ? budgetThresholds.map(String) : [none];
    for (const threshold of thresholds) alerts.inc({ type, threshold }, 0);
  }
  return {
    alerted(alert) {
      const threshold = alert.type === 'budget.threshold' ? String(alert.threshold) : none;
      alerts.inc({ type: alert.type, threshold });
    },
    webhooks: {
      known(receiver) {
        waiting.inc({ receiver }, 0);
        for (const outcome of webhookOutcomes) deliveries.inc({ receiver, outcome }, 0);
      },
      accepted: receiver => waiting.inc({ receiver }),
      settled(receiver, outcome) {
        waiting.dec({ receiver });
        deliveries.inc({ receiver, outcome });
      },
      turnedAway: receiver => deliveries.inc({ receiver, outcome: 'DROPPED' }),
    },
  };
}
