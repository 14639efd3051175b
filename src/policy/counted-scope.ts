import type { BudgetRule, BudgetScope } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';

/** Whose pot a rule counts in. */
export interface CountedScope {
  /** Absent: one pot for all whom the rule binds. */
  readonly id?: string;
  /** Absent: across tenants. */
  readonly tenantId?: string;
}

/**
 * Whose pot it is for this caller.
 *
 * Who has no API key, or no user, is counted by what it has instead, so that nobody is counted nowhere.
 *
 * @param ownerId The project that the rule's policy belongs to; absent: the installation, whose pot for all is one across tenants.
 */
export function countedScope(per: BudgetScope, principal: Principal, ownerId: string | undefined): CountedScope {
  const { tenantId, projectId, apiKeyId, user } = principal;
  if (per === 'POLICY') return ownerId === undefined ? {} : { tenantId };
  if (per === 'PROJECT') return { tenantId, id: projectId };
  const byKey = apiKeyId === undefined ? undefined : `key:${apiKeyId}`;
  const byUser = user === undefined ? undefined : `user:${user}`;
  const own = per === 'USER' ? (byUser ?? byKey) : (byKey ?? byUser);
  return { tenantId, id: own ?? projectId };
}

const dayMs = 86_400_000;
/** The first Monday after the epoch, 1970-01-05. */
const firstMondayMs = 4 * dayMs;

/** The calendar window in UTC that holds an instant; weeks begin on Monday. `endsAt` is absent for TOTAL. */
export function budgetWindow(
  window: BudgetRule['window'],
  at: number,
): { readonly startsAt: number; readonly endsAt?: number } {
  if (window === 'TOTAL') return { startsAt: 0 };
  if (window === 'DAY') return spanOf(at - (at % dayMs), dayMs);
  if (window === 'WEEK') return spanOf(at - ((at - firstMondayMs) % (7 * dayMs)), 7 * dayMs);
  const day = new Date(at);
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
  return { startsAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) };
}

function spanOf(startsAt: number, lengthMs: number) {
  return { startsAt, endsAt: startsAt + lengthMs };
}
