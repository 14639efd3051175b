import type { LedgerStore } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { ledgerAdoptingContract } from './ledger-adopting-contract.ts';
import { ledgerBookingContract } from './ledger-booking-contract.ts';
import { ledgerBudgetsContract } from './ledger-budgets-contract.ts';
import { ledgerChecksContract } from './ledger-checks-contract.ts';
import { ledgerFactsContract } from './ledger-facts-contract.ts';
import { ledgerJudgingContract } from './ledger-judging-contract.ts';
import { ledgerReadingContract } from './ledger-reading-contract.ts';
import { ledgerStatementContract } from './ledger-statement-contract.ts';

/** What every LedgerStore promises. */
export const ledgerStoreContract: readonly ContractCase<LedgerStore>[] = [
  ...ledgerBookingContract,
  ...ledgerReadingContract,
  ...ledgerJudgingContract,
  ...ledgerFactsContract,
  ...ledgerBudgetsContract,
  ...ledgerAdoptingContract,
  ...ledgerStatementContract,
  ...ledgerChecksContract,
];
