import { checkAttempts } from './check-attempts.ts';
import { checkCallers } from './check-callers.ts';
import { checkMoney } from './check-money.ts';
import type { SoakHistory, Violation } from './history.ts';

/** Every promise that a run has broken. @param current Attempts that the counters know, which were not lost since. */
export function checkHistory(history: SoakHistory, current: ReadonlySet<string>): readonly Violation[] {
  return [...checkAttempts(history), ...checkMoney(history, current), ...checkCallers(history)];
}
