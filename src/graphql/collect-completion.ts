import { GatewayError } from '../errors.ts';
import type { CompletionRun } from '../gateway/gateway.ts';
import { type Completion, type CompletionEvent, isTerminal } from '../model/completion.ts';

/**
 * Waits for the end of a run and returns its completion, whatever became of it.
 *
 * @param signal Aborting it is leaving: the provider call ends within the tick.
 * @throws {GatewayError} CANCELLED, once the caller has left.
 */
export function collectCompletion({ events }: CompletionRun, signal: AbortSignal): Promise<Completion> {
  const { promise, resolve, reject } = Promise.withResolvers<Completion>();
  let hasCompletion = false;

  function leave(): void {
    events.cancel(signal.reason);
    reject(new GatewayError('CANCELLED', 'The caller has left.'));
  }

  events.pipe({
    write(batch) {
      const completion = completionIn(batch);
      if (completion === undefined) return true;
      hasCompletion = true;
      resolve(completion);
      return true;
    },
    end() {
      signal.removeEventListener('abort', leave);
      if (!hasCompletion) reject(new GatewayError('INTERNAL', 'The run ended without a last event.'));
    },
  });
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return promise;
}

function completionIn(batch: readonly CompletionEvent[]): Completion | undefined {
  for (const event of batch) if (isTerminal(event)) return event.completion;
  return undefined;
}
