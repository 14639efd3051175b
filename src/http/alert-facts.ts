import type { Alert } from '../model/alert.ts';
import { formatDollars } from '../model/money.ts';

/** What an alert says beside its type, id and instant, as JSON can hold it: money in decimal dollars, instants by ISO 8601. */
export function alertFacts(alert: Alert): Readonly<Record<string, string | number | undefined>> {
  switch (alert.type) {
    case 'budget.threshold': {
      const { policyId, budget, per, scopeId, tenantId, threshold, limit, resetsAt } = alert;
      return {
        policyId,
        budget,
        per,
        scopeId,
        tenantId,
        threshold,
        limit: formatDollars(limit),
        resetsAt: resetsAt === undefined ? undefined : isoInstant(resetsAt),
      };
    }
    case 'ledger.mismatch':
      return { differences: alert.differences };
    case 'credential.rejected': {
      const { providerId, credential, endpointId, status } = alert;
      return { providerId, credential, endpointId, status };
    }
  }
}

/** `2026-11-22T10:15:00.000Z` */
export function isoInstant(ms: number): string {
  return new Date(ms).toISOString();
}
