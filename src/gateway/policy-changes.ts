import type { Policy } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { PolicyBook } from './policy-book.ts';
import { visiblePolicy } from './policy-rights.ts';

/** A reader that is further behind is told of the newest changes only. */
const mostWaiting = 1_000;

/** Every policy that changes from now on, as the principal may see it, until the signal is aborted or its credential ends. */
export async function* policyChanges(
  { book, access }: { readonly book: PolicyBook; readonly access: AccessStore },
  by: Principal,
  signal: AbortSignal,
): AsyncGenerator<Policy, void> {
  const waiting: Policy[] = [];
  let wake = () => {};
  const forget = book.onChange(changed => {
    waiting.push(...changed);
    waiting.splice(0, Math.max(0, waiting.length - mostWaiting));
    wake();
  });
  const ended = AbortSignal.any([signal, ...(by.revoked === undefined ? [] : [by.revoked])]);
  const onEnd = () => wake();
  ended.addEventListener('abort', onEnd, { once: true });
  try {
    while (!ended.aborted) {
      const policy = waiting.shift();
      if (policy === undefined) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
        continue;
      }
      const visible = await visiblePolicy(access, by, policy);
      if (visible !== undefined && !ended.aborted) yield visible;
    }
  } finally {
    forget();
    ended.removeEventListener('abort', onEnd);
  }
}
