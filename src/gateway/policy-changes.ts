import type { Policy } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import { createEventStream, type EventStream } from '../stream/event-stream.ts';
import type { PolicyBook } from './policy-book.ts';
import { visiblePolicy } from './policy-rights.ts';
import { watchSignal } from './watch-signal.ts';

/** Every policy that changes from now on, as the principal may see it, until its reader leaves or its credential ends. */
export function policyChanges(
  { book, access }: { readonly book: PolicyBook; readonly access: AccessStore },
  by: Principal,
): EventStream<Policy> {
  let tell: Promise<unknown> = Promise.resolve();
  const output = createEventStream<Policy>({ onResume: () => {}, onCancel: leave });
  const forget = book.onChange(changed => {
    // In the order of the changes, though each has to be looked up.
    for (const policy of changed) tell = tell.then(() => show(policy)).catch(() => {});
  });
  const forgetRevocation = by.revoked === undefined ? undefined : watchSignal(by.revoked, end);

  async function show(policy: Policy): Promise<void> {
    const visible = await visiblePolicy(access, by, policy);
    // Who does not read is let go, rather than told of a part.
    if (visible !== undefined && !output.write([visible])) end();
  }

  function leave(): void {
    forget();
    forgetRevocation?.();
  }

  function end(): void {
    leave();
    output.end();
  }

  return output.stream;
}
