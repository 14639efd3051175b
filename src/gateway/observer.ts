import type { Alert } from '../model/alert.ts';
import type { LimitedBy } from '../model/limited-by.ts';
import type { TokenUsage } from '../model/usage.ts';
import type { ClosedCompletion, OpenedAttempt, OpenedCompletion, SettledAttempt } from '../stores/ledger-store.ts';

/** What one run shows to logs, metrics and traces. Facts only: none of it holds content. */
export interface RunObserver {
  /** @returns The `traceparent` to send to the provider, where tracing is on. */
  attemptOpened?(attempt: OpenedAttempt): string | undefined;
  attemptSettled?(attempt: SettledAttempt, opened: OpenedAttempt): void;
  closed?(completion: ClosedCompletion, usage: TokenUsage): void;
  /** A rate limit under MONITOR would have refused the request. */
  wouldRefuse?(limitedBy: LimitedBy): void;
  /** A fault of the gateway itself ended the run. */
  failed?(cause: unknown): void;
}

/** Watches runs. A throwing observer is ignored: watching never decides. */
export interface GatewayObserver {
  /** @param traceparent The caller's trace, where it sent one. */
  opened(
    completion: OpenedCompletion,
    requestId: string | undefined,
    traceparent: string | undefined,
  ): RunObserver | undefined;
  /** A request was refused with OVERLOADED, before it became a run. */
  overloaded?(): void;
  /** What an operator is to know at once. */
  alerted?(alert: Alert): void;
}
