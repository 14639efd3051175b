import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { JournaledLedgerStore } from '../../../src/stores/journaled-ledger-store.ts';
import { readPostgresAddress } from '../../../src/stores/postgres/postgres-address.ts';
import { openPostgresDatabase } from '../../../src/stores/postgres/postgres-database.ts';
import {
  type JournalDatabase,
  type JournaledLedgerOptions,
  openJournaledLedger,
} from '../../../src/stores/sql/journal/open-journaled-ledger.ts';
import type { SqlDatabase } from '../../../src/stores/sql/sql-database.ts';
import { openSqliteDatabase } from '../../../src/stores/sqlite/sqlite-database.ts';
import { systemClock } from '../../../src/system-clock.ts';

/** A node's ledger, with what is under it. */
export interface Node {
  readonly ledger: JournaledLedgerStore;
  readonly journal: SqlDatabase;
  readonly file: string;
  /** Lets go of all of it, as a process that ends does. */
  stop(): Promise<void>;
}

export interface NodeOptions extends Partial<Omit<JournaledLedgerOptions, 'journal' | 'shared'>> {
  /** Of the shared ledger. */
  readonly url: string;
  /** Default: a new one. */
  readonly file?: string;
  readonly maxPages?: number;
  /** Puts something between the ledger and its journal. */
  readonly around?: (journal: JournalDatabase) => JournalDatabase;
  /** Default: true. */
  readonly isShipping?: boolean;
  readonly callTimeoutMs?: number;
}

/** To be called in a group of tests, whose ends stop the nodes. */
export function useNodes(): { start(options: NodeOptions): Promise<Node>; folder(): Promise<string> } {
  const ending: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });

  async function folder(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), 'tollgate-journal-'));
    ending.push(() => rm(made, { recursive: true }));
    return made;
  }

  return {
    folder,
    async start({
      url,
      file,
      maxPages = 0,
      around = journal => journal,
      isShipping = true,
      callTimeoutMs = 5000,
      ...options
    }) {
      const at = file ?? join(await folder(), 'journal.db');
      const journal = await openSqliteDatabase({ file: at, maxPages });
      const shared = openPostgresDatabase({
        address: readPostgresAddress(url),
        lookupConnections: 2,
        reportConnections: 2,
        connectTimeoutMs: 2000,
        callTimeoutMs,
        reportTimeoutMs: 10_000,
        maintenanceTimeoutMs: 10_000,
      });
      const ledger = await openJournaledLedger({ journal: around(journal), shared, clock: systemClock, ...options });
      if (isShipping) ledger.startShipping();
      let stopped: Promise<void> | undefined;
      const stop = () => {
        stopped ??= (async () => {
          await ledger.close();
          await journal.close();
          await shared.close();
        })();
        return stopped;
      };
      ending.push(stop);
      return { ledger, journal, file: at, stop };
    },
  };
}
