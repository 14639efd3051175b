import { gateway } from './yoga.ts';

/** Lets running answers finish, for ten seconds at most, books what is open, and releases the state folder. */
export function stopOnSignal(close: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      close();
      await gateway.drain(10_000);
      await gateway.close();
      process.exit();
    });
  }
}
