import { createBoundedMap } from '../../model/bounded-map.ts';
import type { LedgerStore, OpenedCompletion } from '../ledger-store.ts';
import { budgetEntries, budgetTotals } from './budget-levels.ts';
import { completionReader } from './completion-reader.ts';
import type { EndpointVersion } from './endpoint-version.ts';
import { attemptRow, canonicalLabels, closingRow, completionRow, outcomeRow } from './ledger-rows.ts';
import { ledgerWrites } from './ledger-writes.ts';
import { recordedRequests } from './recorded-requests.ts';
import { recoverLedger } from './recover-ledger.ts';
import { recordRoute } from './route-record.ts';
import { sharedFactWrites } from './shared-facts.ts';
import type { SqlCall, SqlDatabase } from './sql-database.ts';
import { usageReporter } from './usage-report.ts';

/** Facts known to be written already; the oldest are forgotten, and then written again, which changes nothing. */
const rememberedFacts = 20_000;

/** The ledger in a SQL database. */
export function sqlLedgerStore(database: SqlDatabase): LedgerStore {
  const { query, write } = database;
  const writes = ledgerWrites(query);
  const shared = sharedFactWrites(query);
  const written = createBoundedMap<string, true>(rememberedFacts);
  const { completions, listCompletions } = completionReader(database);

  function sharedFacts(
    completion: OpenedCompletion,
    row: ReturnType<typeof completionRow>,
    endpoints: readonly EndpointVersion[],
  ): { readonly keys: readonly string[]; readonly calls: SqlCall[] } {
    const keys: string[] = [];
    const calls: SqlCall[] = [];
    const pathKey = `path ${row.project_path}`;
    if (written.peek(pathKey) === undefined) {
      keys.push(pathKey);
      for (const ancestor of new Set([...completion.projectPath, completion.projectId])) {
        calls.push(shared.lineage({ project_path: row.project_path, ancestor_id: ancestor }));
      }
    }
    const labelsKey = `labels ${row.labels_key}`;
    if (row.labels_key !== '' && written.peek(labelsKey) === undefined) {
      keys.push(labelsKey);
      for (const { name, value } of canonicalLabels(completion.labels)) {
        calls.push(shared.label({ labels_key: row.labels_key, name, value }));
      }
    }
    for (const { key, document } of endpoints) {
      if (written.peek(key) !== undefined) continue;
      keys.push(key);
      calls.push(shared.endpoint({ key, document }));
    }
    return { keys, calls };
  }

  return {
    // What counts in this process knows it already, and dies with it.
    unbooked: () => Promise.resolve([]),
    holdBooking: () => Promise.resolve(() => {}),
    async openCompletion(completion) {
      const route = completion.route === undefined ? undefined : recordRoute(completion.route);
      const row = completionRow(completion, canonicalLabels(completion.labels), route?.text ?? null);
      const { keys, calls } = sharedFacts(completion, row, route?.endpoints ?? []);
      await write([...calls, writes.openCompletion(row)]);
      for (const key of keys) written.set(key, true);
    },
    async openAttempt(attempt) {
      const { key, entries } = budgetEntries(attempt.budgets);
      const fact = `budgets ${key}`;
      const isKnown = key === '' || written.peek(fact) !== undefined;
      const calls = isKnown ? [] : entries.map(entry => shared.budget(entry));
      await write([...calls, writes.openAttempt(attemptRow(attempt, key))]);
      if (!isKnown) written.set(fact, true);
    },
    settleAttempt: async attempt => write([writes.settleAttempt(outcomeRow(attempt))]),
    closeCompletion: async completion => write([writes.closeCompletion(closingRow(completion))]),
    recover: at => recoverLedger(database, closing => write([writes.closeCompletion(closingRow(closing))]), at),
    completions,
    listCompletions,
    usage: usageReporter(database),
    budgetTotals: budgetTotals(database),
    ...recordedRequests(database),
  };
}
