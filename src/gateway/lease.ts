import type { Configured } from './core.ts';

/** A configuration that can be replaced while completions still run on it. */
export interface LeasedConfiguration extends Configured {
  /** No new leases come: closes the providers' connections as soon as the last lease ends. Resolves when that is done. */
  retire(): Promise<void>;
}

/** Lets a configuration's connections live as long as anybody runs on them. */
export function leaseOut(configured: Omit<Configured, 'lease'>): LeasedConfiguration {
  const { providers } = configured;
  const { promise: unused, resolve } = Promise.withResolvers<void>();
  let leases = 0;
  let isRetired = false;
  let closed: Promise<void> | undefined;

  function settle(): void {
    if (isRetired && leases === 0) resolve();
  }

  async function closeAll(): Promise<void> {
    const adapters = [...providers.values()].flatMap(({ credentials }) =>
      credentials.credentials.map(({ use }) => use),
    );
    await Promise.all(adapters.map(adapter => adapter.close()));
  }

  return {
    ...configured,
    lease() {
      leases += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        leases -= 1;
        settle();
      };
    },
    retire() {
      isRetired = true;
      settle();
      closed ??= unused.then(closeAll);
      return closed;
    },
  };
}
