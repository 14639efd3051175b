import { expect, test } from 'vitest';
import { createLogger, logAlerts } from '../../src/http/logging.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import type { Alert } from '../../src/model/alert.ts';
import { budgetAlert } from './webhooks/open-webhooks.ts';

const mismatch: Alert = { type: 'ledger.mismatch', id: budgetAlert(9).id, at: 0, differences: 3 };

test('metrics count alerts by type and threshold, and by nothing that a person wrote', async () => {
  const metrics = createMetrics();
  const before = (await metrics.collect()).text;
  expect(before).toContain('tollgate_alerts_total{type="ledger.mismatch",threshold="none"} 0');
  const alerts = [
    budgetAlert(1, { budget: 'zanzibar', scopeId: 'zanzibar', tenantId: 'zanzibar' }),
    budgetAlert(2),
    budgetAlert(3, { threshold: 100 }),
    mismatch,
  ];
  for (const alert of alerts) metrics.observer.alerted?.(alert);
  const { text } = await metrics.collect();
  metrics.close();
  expect(text).toContain('tollgate_alerts_total{type="budget.threshold",threshold="80"} 2');
  expect(text).toContain('tollgate_alerts_total{type="budget.threshold",threshold="100"} 1');
  expect(text).toContain('tollgate_alerts_total{type="ledger.mismatch",threshold="none"} 1');
  expect(text).not.toContain('zanzibar');
  expect(text.match(/^tollgate_alerts_total/gm)).toHaveLength(4);
});

function logged(alert: Alert): unknown {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  logAlerts(createLogger({ level: 'warn', nodeId: 'node-1', destination })).alerted?.(alert);
  const { time, ...line } = JSON.parse(written.join(''));
  return line;
}

test('the log warns of each alert, with ids and exact dollars', () => {
  const { id: alertId, policyId } = budgetAlert();
  expect(logged(budgetAlert())).toEqual({
    level: 'warn',
    node: 'node-1',
    msg: 'alert',
    alert: 'budget.threshold',
    alertId,
    policyId,
    budget: 'monthly',
    per: 'PROJECT',
    scopeId: 'pilot',
    tenantId: 'acme',
    threshold: 80,
    limit: '1234.567890123',
    resetsAt: '2026-12-01T00:00:00.000Z',
  });
  expect(logged(mismatch)).toMatchObject({ level: 'warn', alert: 'ledger.mismatch', differences: 3 });
});

test("the log holds no user's name", () => {
  const line = JSON.stringify(logged(budgetAlert(1, { per: 'USER', scopeId: 'ada@example.com' })));
  expect(line).not.toContain('ada');
  expect(line).toContain('"per":"USER"');
});
