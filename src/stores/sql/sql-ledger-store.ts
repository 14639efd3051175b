import { createBoundedMap } from '../../model/bounded-map.ts';
import type { LedgerStore, OpenedAttempt, OpenedCompletion } from '../ledger-store.ts';
import { adoptWrites } from './adopt-writes.ts';
import { bookedCost } from './booked-cost.ts';
import { budgetEntries, budgetTotals } from './budget-levels.ts';
import { completionCosts } from './completion-costs.ts';
import { completionReader } from './completion-reader.ts';
import { ledgerChecks } from './ledger-checks.ts';
import { attemptRow, canonicalLabels, closingRow, completionRow, outcomeRow } from './ledger-rows.ts';
import { ledgerSteps, ledgerWrites } from './ledger-writes.ts';
import { recordedRequests } from './recorded-requests.ts';
import { endOf, recoverLedger } from './recover-ledger.ts';
import { recordRoute } from './route-record.ts';
import { sharedFactWrites } from './shared-facts.ts';
import type { SqlCall, SqlDatabase } from './sql-database.ts';
import { statementLines } from './statement-lines.ts';
import { usageReporter } from './usage-report.ts';

/** Facts known to be written already; the oldest are forgotten, and then written again, which changes nothing. */
const rememberedFacts = 20_000;

/** A row, and the writes of facts that it shares with others and that may not be there yet. */
interface Opening<Row> {
  readonly row: Row;
  /** Remembered once the calls were made. */
  readonly keys: readonly string[];
  readonly calls: readonly SqlCall[];
}

/**
 * The ledger in a SQL database.
 *
 * @param takesJournals Nodes ship what they have journalled to it.
 */
export function sqlLedgerStore(database: SqlDatabase, takesJournals = false): LedgerStore {
  const { query, write } = database;
  const steps = ledgerSteps(query);
  const writes = { ...ledgerWrites(steps), ...adoptWrites(query, steps) };
  const shared = sharedFactWrites(query);
  const written = createBoundedMap<string, true>(rememberedFacts);
  const { completions, listCompletions } = completionReader(database);

  function openingOf(completion: OpenedCompletion): Opening<ReturnType<typeof completionRow>> {
    const route = completion.route === undefined ? undefined : recordRoute(completion.route);
    const row = completionRow(completion, canonicalLabels(completion.labels), route?.text ?? null);
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
    for (const { key, document } of route?.endpoints ?? []) {
      if (written.peek(key) !== undefined) continue;
      keys.push(key);
      calls.push(shared.endpoint({ key, document }));
    }
    return { row, keys, calls };
  }

  function attemptOf(attempt: OpenedAttempt): Opening<ReturnType<typeof attemptRow>> {
    const { key, entries } = budgetEntries(attempt.budgets);
    const row = attemptRow(attempt, key);
    const fact = `budgets ${key}`;
    if (key === '' || written.peek(fact) !== undefined) return { row, keys: [], calls: [] };
    return { row, keys: [fact], calls: entries.map(entry => shared.budget(entry)) };
  }

  function remember(keys: readonly string[]): void {
    for (const key of keys) written.set(key, true);
  }

  return {
    // What counts in this process knows it already, and dies with it.
    unbooked: () => Promise.resolve([]),
    holdBooking: () => Promise.resolve(() => {}),
    async openCompletion(completion) {
      const { row, keys, calls } = openingOf(completion);
      await write([...calls, writes.openCompletion(row)]);
      remember(keys);
    },
    async openAttempt(attempt) {
      const { row, keys, calls } = attemptOf(attempt);
      await write([...calls, writes.openAttempt(row)]);
      remember(keys);
    },
    settleAttempt: async attempt => write([writes.settleAttempt(outcomeRow(attempt))]),
    closeCompletion: async completion => write([writes.closeCompletion(closingRow(completion))]),
    recover: at => recoverLedger(database, closing => write([writes.closeCompletion(closingRow(closing))]), at),
    async adoptAttempt(completion, attempt, at) {
      if (attempt.completionId !== completion.id) throw new TypeError('attempt: must be one of the completion');
      const opening = openingOf(completion);
      const { row, keys, calls } = attemptOf(attempt);
      const { id, createdAt, redactions } = completion;
      const end = closingRow({
        id,
        createdAt,
        redactions,
        finishedAt: Math.max(at, createdAt),
        overheadMs: 0,
        ...endOf(1),
      });
      const adopted = { ...row, is_estimated: 1, duration_ms: Math.max(0, at - attempt.startedAt) };
      await write([...opening.calls, ...calls, writes.adoptAttempt(opening.row, adopted, end)]);
      remember([...opening.keys, ...keys]);
      return bookedCost(database, attempt);
    },
    completions,
    listCompletions,
    usage: usageReporter(database),
    statementLines: statementLines(database),
    costs: completionCosts(database),
    budgetTotals: budgetTotals(database),
    ...recordedRequests(database, takesJournals),
    checks: ledgerChecks(database),
  };
}
