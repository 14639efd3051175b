import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { GatewayError } from '../errors.ts';
import { verifyStatement } from '../gateway/receipts.ts';
import { firstPreviousHash } from '../stores/audit-hash.ts';
import { type ExportedEntry, parseLog, readLog, verifyChain } from './audit-log.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import { readKeys } from './read-keys.ts';
import { readText } from './read-text.ts';
import type { Terminal } from './terminal.ts';

/** A JWS in compact form, wherever it stands in a line of the log. */
const statementPattern = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** `tollgate audit export|verify`. */
export async function audit(
  argv: readonly string[],
  terminal: Terminal,
  connect: () => Promise<GraphClient>,
): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { out: { type: 'string' }, head: { type: 'string' }, keys: { type: 'string' } },
  });
  const [action, file, ...rest] = positionals;
  if (action === 'export' && file === undefined) return await exportLog(values.out, terminal, connect);
  if (action !== 'verify' || rest.length > 0) {
    throw new CommandError(exitCodes.usage, 'Usage: tollgate audit export|verify; see: tollgate help audit');
  }
  // Read before the log: an entry that is written meanwhile is no sign of a cut.
  const heads = values.head === undefined ? undefined : await readText(values.head, terminal);
  const entries = file === undefined ? await liveLog(terminal, connect) : parseLog(await readText(file, terminal));
  const last = verifyChain(entries);
  let against = '';
  if (heads !== undefined) {
    const keys = await readKeys(values.keys, terminal, connect);
    against = await checkHead(heads, keys, entries);
  }
  terminal.out(`The audit log is whole: ${entries.length} entries${against}, the last with hash ${last}.\n`);
  return exitCodes.success;
}

async function liveLog(terminal: Terminal, connect: () => Promise<GraphClient>): Promise<readonly ExportedEntry[]> {
  const client = await connect();
  try {
    return await readLog(client, terminal);
  } finally {
    await client.close();
  }
}

async function exportLog(
  out: string | undefined,
  terminal: Terminal,
  connect: () => Promise<GraphClient>,
): Promise<ExitCode> {
  const entries = await liveLog(terminal, connect);
  const lines = entries.map(entry => `${JSON.stringify(entry)}\n`).join('');
  if (out === undefined) terminal.out(lines);
  else await writeFile(out, lines, { mode: 0o600 });
  terminal.error(`${entries.length} entries exported.\n`);
  return exitCodes.success;
}

/** Finds the newest head that was signed, and its entry in the log. */
async function checkHead(
  text: string,
  keys: Awaited<ReturnType<typeof readKeys>>,
  entries: readonly ExportedEntry[],
): Promise<string> {
  const statements = (text.match(statementPattern) ?? []).filter(isHead);
  if (statements.length === 0) throw new CommandError(exitCodes.failure, 'The head file holds no signed head.');
  let newest = 0;
  for (const statement of statements) {
    const { number, hash, at } = await verifiedHead(statement, keys);
    const expected = number === 0 ? firstPreviousHash : entries[number - 1]?.hash;
    if (expected === undefined) {
      const message = `The audit log was cut off, or exported before ${at}: the head of then knows ${number} entries, and here are ${entries.length}.`;
      throw new CommandError(exitCodes.failure, message);
    }
    if (expected !== hash) {
      throw new CommandError(
        exitCodes.failure,
        `The audit log was rewritten: entry ${number} is not the one that was signed.`,
      );
    }
    newest = Math.max(newest, number);
  }
  return ` (as signed up to entry ${newest})`;
}

/** A log may hold other signed statements as well. */
function isHead(statement: string): boolean {
  const [header = ''] = statement.split('.');
  return Buffer.from(header, 'base64url').toString('utf8').includes('"tollgate-audit-head"');
}

async function verifiedHead(statement: string, keys: Awaited<ReturnType<typeof readKeys>>) {
  try {
    const { number, hash, at } = await verifyStatement('tollgate-audit-head', statement, keys);
    return { number: Number(number), hash: String(hash), at: String(at) };
  } catch (fault) {
    if (fault instanceof GatewayError)
      throw new CommandError(exitCodes.failure, `The head is not valid. ${fault.message}`);
    throw fault;
  }
}
