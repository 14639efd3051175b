import { Gauge, type Registry } from 'prom-client';

/** Told how verifications of the ledger came out. */
export interface LedgerFigures {
  /** @param isWhole All of it was looked at, not the last day alone. */
  verified(found: number, at: number, isWhole: boolean): void;
}

/** Measures whether the ledger agrees with itself. */
export function createLedgerMetrics(registry: Registry): LedgerFigures {
  const registers = [registry];
  const differences = new Gauge({
    name: 'tollgate_ledger_differences',
    help: 'Differences that the last verification of the ledger found: other than 0 is a fault, or somebody meddled.',
    labelNames: ['scope'],
    registers,
  });
  const verified = new Gauge({
    name: 'tollgate_ledger_verified_timestamp_seconds',
    help: 'When the ledger was last verified.',
    labelNames: ['scope'],
    registers,
  });
  return {
    verified(found, at, isWhole) {
      const scope = isWhole ? 'all' : 'recent';
      differences.set({ scope }, found);
      verified.set({ scope }, at / 1_000);
    },
  };
}
