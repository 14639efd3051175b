import type { GatewayObserver } from '../../src/gateway/observer.ts';

/** An observer that keeps the names of what it was shown, per completion. */
export interface RunRecord {
  readonly observer: GatewayObserver;
  /** `attemptOpened`, `attemptSettled`, `closed:<status>`, `failed`, in order. */
  shown(completionId: string): readonly string[];
  /** Resolves once that completion was closed or has failed. */
  over(completionId: string): Promise<void>;
}

export function recordRuns(): RunRecord {
  const runs = new Map<string, { readonly names: string[]; readonly over: PromiseWithResolvers<void> }>();
  function of(completionId: string) {
    const known = runs.get(completionId) ?? { names: [], over: Promise.withResolvers<void>() };
    runs.set(completionId, known);
    return known;
  }
  return {
    shown: id => of(id).names,
    over: id => of(id).over.promise,
    observer: {
      opened({ id }) {
        const { names, over } = of(id);
        return {
          attemptOpened() {
            names.push('attemptOpened');
            return undefined;
          },
          attemptSettled: () => void names.push('attemptSettled'),
          closed({ status }) {
            names.push(`closed:${status}`);
            over.resolve();
          },
          failed() {
            names.push('failed');
            over.resolve();
          },
        };
      },
    },
  };
}
