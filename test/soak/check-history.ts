import { checkAttempts } from './check-attempts.ts';
import { checkCallers } from './check-callers.ts';
import { checkMoney } from './check-money.ts';
import type { SoakHistory, Violation } from './history.ts';

/**
 * Every promise that a run has broken.
 *
 * @param current Attempts that the counters know, which were not lost since.
 * @param onChecked Told after each stage what it has found.
 */
export function checkHistory(
  history: SoakHistory,
  current: ReadonlySet<string>,
  onChecked: (stage: string, found: number) => void = () => {},
): readonly Violation[] {
  const stages = {
    attempts: () => checkAttempts(history),
    money: () => checkMoney(history, current),
    callers: () => checkCallers(history),
  };
  return Object.entries(stages).flatMap(([stage, check]) => {
    const found = check();
    onChecked(stage, found.length);
    return found;
  });
}
