import { GatewayError } from '../../errors.ts';
import type { SqliteThread } from './sqlite-thread.ts';

/** How often a log that another process holds is tried again, and after how long, in milliseconds. */
const mostTries = 50;
const pauseMs = 20;

/**
 * Makes sure that what was deleted is in no file: moves everything in the log to the database, where what is deleted is
 * overwritten, and empties the log.
 *
 * Readers hold the log back. Those of `reports` are let finish, and none begins meanwhile; they wait for each other in
 * their thread anyway.
 */
export function scrubbedLog(
  writer: SqliteThread,
  reports: SqliteThread,
): { readonly read: SqliteThread['read']; readonly scrub: () => Promise<void> } {
  const reading = new Set<Promise<unknown>>();
  let pause: Promise<unknown> | undefined;

  async function truncate(): Promise<boolean> {
    while (pause !== undefined) await pause;
    const done = Promise.allSettled(reading).then(() => writer.truncateLog());
    pause = done.catch(() => {});
    try {
      return await done;
    } finally {
      pause = undefined;
    }
  }

  return {
    async read(calls) {
      while (pause !== undefined) await pause;
      const rows = reports.read(calls);
      reading.add(rows);
      try {
        return await rows;
      } finally {
        reading.delete(rows);
      }
    },
    async scrub() {
      for (let tries = 1; tries <= mostTries; tries += 1) {
        if (await truncate()) return;
        await new Promise(resolve => setTimeout(resolve, pauseMs));
      }
      throw new GatewayError(
        'STORE_UNAVAILABLE',
        'what was deleted still stands in the log of the database: somebody else reads it',
      );
    },
  };
}
