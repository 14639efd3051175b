import type { createLogger } from './http/logging.ts';
import type { LedgerEvents } from './open-ledger.ts';

/** Logs what an operator is to know of this node's journal. */
export function logJournal(logger: ReturnType<typeof createLogger>): LedgerEvents {
  return {
    shippingFailed: err => logger.warn({ err }, 'the database takes nothing from the journal, where completions wait'),
    shippingResumed: () => logger.info('the database takes what waits in the journal'),
    completionRefused: (completionId, reason) =>
      logger.error({ completionId, reason }, 'the database refuses a completion: it stays in the journal'),
    holdExpired: () => logger.warn('the counters of budgets took too long to be rebuilt: they may count too much'),
    journalQuarantined: (file, reason) =>
      logger.error({ file, reason }, 'the journal was damaged: it was moved aside, and a new one begun'),
  };
}
