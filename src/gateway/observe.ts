import type { Alert } from '../model/alert.ts';
import type { LimitedBy } from '../model/limited-by.ts';
import type { TokenUsage } from '../model/usage.ts';
import type { ClosedCompletion, OpenedAttempt, OpenedCompletion, SettledAttempt } from '../stores/ledger-store.ts';
import type { RunOptions } from './gateway.ts';
import type { GatewayObserver, RunObserver } from './observer.ts';

/** All observers of one run as one, whose faults stay their own. */
export interface RunObservation {
  attemptOpened(attempt: OpenedAttempt): string | undefined;
  attemptSettled(attempt: SettledAttempt, opened: OpenedAttempt): void;
  closed(completion: ClosedCompletion, usage: TokenUsage): void;
  wouldRefuse(limitedBy: LimitedBy): void;
  /** A fault of the gateway itself, for the log. */
  failed(cause: unknown): void;
}

export function observe(
  observers: readonly GatewayObserver[],
  opened: OpenedCompletion,
  { requestId, traceparent }: RunOptions,
): RunObservation {
  const watching: RunObserver[] = [];
  for (const observer of observers) {
    quietly(() => {
      const watcher = observer.opened(opened, requestId, traceparent);
      if (watcher !== undefined) watching.push(watcher);
    });
  }
  function tell(action: (watcher: RunObserver) => void): void {
    for (const watcher of watching) quietly(() => action(watcher));
  }
  return {
    attemptOpened(attempt) {
      let sent: string | undefined;
      tell(watcher => {
        sent = watcher.attemptOpened?.(attempt) ?? sent;
      });
      return sent;
    },
    attemptSettled: (attempt, before) => tell(watcher => watcher.attemptSettled?.(attempt, before)),
    closed: (completion, usage) => tell(watcher => watcher.closed?.(completion, usage)),
    wouldRefuse: limitedBy => tell(watcher => watcher.wouldRefuse?.(limitedBy)),
    failed: cause => tell(watcher => watcher.failed?.(cause)),
  };
}

/** Tells all observers, whose faults stay their own. */
export function tellAlert(observers: readonly GatewayObserver[], alert: Alert): void {
  for (const observer of observers) quietly(() => observer.alerted?.(alert));
}

/** Tells all observers that a request was refused because this node has as much to do as it takes. */
export function tellOverload(observers: readonly GatewayObserver[]): void {
  for (const observer of observers) quietly(() => observer.overloaded?.());
}

/** Watching never decides: an observer that throws changes nothing for the request. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // The observer that reports faults may be the one that failed.
  }
}
