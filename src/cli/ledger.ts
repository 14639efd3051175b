import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { type LedgerVerification, verifyLedger } from '../gateway/verify-ledger.ts';
import { formatDollars } from '../model/money.ts';
import type { LedgerChecks, LedgerDifference, LedgerSpan } from '../stores/ledger-checks.ts';
import { openSqliteChecks } from '../stores/sqlite/open-sqlite-checks.ts';
import { systemClock } from '../system-clock.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const usage = 'Usage: tollgate ledger verify [--from DAY] [--to DAY] [--json]; see: tollgate help ledger';

/** `tollgate ledger verify`: reads the database itself, also beside a running server. */
export async function ledger(argv: readonly string[], terminal: Terminal, config: Config): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { from: { type: 'string' }, to: { type: 'string' }, json: { type: 'boolean' } },
  });
  if (positionals.length !== 1 || positionals[0] !== 'verify') throw new CommandError(exitCodes.usage, usage);
  const span = spanOf(values.from, values.to);
  const { checks, close } = await openChecks(config);
  try {
    const verification = await verifyLedger({
      checks,
      clock: systemClock,
      signal: terminal.interrupted,
      ...(span === undefined ? {} : { span }),
    });
    terminal.out(values.json === true ? asJson(verification) : asText(verification));
    return verification.found === 0 && verification.isComplete ? exitCodes.success : exitCodes.failure;
  } finally {
    await close();
  }
}

async function openChecks({ database }: Config): Promise<{ readonly checks: LedgerChecks; close(): Promise<void> }> {
  if (database.kind === 'sqlite') return await openSqliteChecks(database.path);
  const { openPostgresStores } = await import('../stores/postgres/open-postgres-stores.ts');
  const { ledger: shared, close } = await openPostgresStores({ url: database.url.reveal(), migrate: 'off' });
  return { checks: shared.checks, close };
}

/** Whole days in UTC; the last is included. */
function spanOf(from: string | undefined, to: string | undefined): LedgerSpan | undefined {
  if (from === undefined && to === undefined) return undefined;
  const span = {
    from: from === undefined ? 0 : dayOf('--from', from),
    to: to === undefined ? Number.MAX_SAFE_INTEGER : dayOf('--to', to) + 86_400_000,
  };
  if (span.from >= span.to) throw new CommandError(exitCodes.usage, '--to: is before --from');
  return span;
}

function dayOf(option: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || at < 0 || new Date(at).toISOString().slice(0, 10) !== text) {
    throw new CommandError(exitCodes.usage, `${option}: a day like 2026-11-30`);
  }
  return at;
}

function asText({ span, completions, attempts, differences, found, isComplete }: LedgerVerification): string {
  if (span === undefined) return 'There is nothing in the ledger yet.\n';
  const what = `(completions: ${completions}, attempts: ${attempts})`;
  if (!isComplete) return `Stopped before the end ${what}; differences so far: ${found}.\n`;
  if (found === 0) return `The ledger agrees with itself ${what}.\n`;
  const more = found > differences.length ? `\nand ${found - differences.length} more` : '';
  return `The ledger does not agree with itself ${what}; differences: ${found}.\n${differences.map(asLine).join('\n')}${more}\n`;
}

function asLine({ check, key, off }: LedgerDifference): string {
  const where = Object.entries(key).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const by = Object.entries(off).map(([name, amount]) => {
    const sign = amount > 0n ? '+' : '';
    return name === 'cost' ? `cost ${sign}${formatDollars(amount)} dollars` : `${name} ${sign}${amount}`;
  });
  return [check, ...where].join(' ') + (by.length === 0 ? '' : `: ${by.join(', ')}`);
}

function asJson(verification: LedgerVerification): string {
  const text = JSON.stringify(verification, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return `${text}\n`;
}
