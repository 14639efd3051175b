import { prefixedField, type SchemaNames } from '../graphql/rename-schema.ts';
import { firstPreviousHash, hashAuditEntry } from '../stores/audit-hash.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import type { Terminal } from './terminal.ts';

/** An entry as GraphQL shows it, and as an export holds it, one to a line. */
export interface ExportedEntry {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly change: Readonly<Record<string, unknown>>;
  readonly hash: string;
  readonly previousHash: string;
}

export const auditDocument = (names: SchemaNames) => `
query AuditLog($after: String) {
  log: ${prefixedField('auditLog', names)}(first: 500, after: $after) {
    nodes { id at actor action target change hash previousHash }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface AuditPage {
  readonly log: {
    readonly nodes: readonly ExportedEntry[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

const progressEvery = 10_000;

/** The whole log, oldest first. */
export async function readLog(client: GraphClient, terminal: Terminal): Promise<readonly ExportedEntry[]> {
  const found: ExportedEntry[] = [];
  let after: string | null = null;
  do {
    const page: AuditPage = await client.query<AuditPage>(auditDocument(client.names), { after }, terminal.interrupted);
    found.push(...page.log.nodes);
    if (found.length % progressEvery === 0 && found.length > 0) terminal.error(`${found.length} entries read…\n`);
    after = page.log.pageInfo.hasNextPage ? page.log.pageInfo.endCursor : null;
  } while (after !== null);
  return found.reverse();
}

/** Reads an export. @throws {CommandError} That names the first line that is no entry. */
export function parseLog(text: string): readonly ExportedEntry[] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map((line, index) => {
      const entry = parseEntry(line);
      if (entry === undefined)
        throw new CommandError(exitCodes.failure, `Line ${index + 1} is no entry of an audit log.`);
      return entry;
    });
}

function parseEntry(line: string): ExportedEntry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<ExportedEntry>;
    const texts = [entry.id, entry.at, entry.actor, entry.action, entry.target, entry.hash, entry.previousHash];
    const isEntry = texts.every(text => typeof text === 'string') && typeof entry.change === 'object';
    return isEntry && !Number.isNaN(Date.parse(entry.at ?? '')) ? (entry as ExportedEntry) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Checks the chain from its first entry.
 *
 * @returns The hash of the last entry.
 * @throws {CommandError} That names the first entry where it breaks.
 */
export function verifyChain(entries: readonly ExportedEntry[]): string {
  let previousHash = firstPreviousHash;
  for (const [index, entry] of entries.entries()) {
    const name = `Entry ${index + 1} (${entry.id})`;
    if (entry.previousHash !== previousHash) {
      const why =
        index === 0
          ? 'is not the first: entries before it are missing'
          : 'does not follow the entry before it: entries are missing or in another order';
      throw new CommandError(exitCodes.failure, `${name} ${why}.`);
    }
    if (hashAuditEntry({ ...entry, at: Date.parse(entry.at) }) !== entry.hash || !isExact(entry.at)) {
      throw new CommandError(exitCodes.failure, `${name} was changed: its hash does not fit what it says.`);
    }
    previousHash = entry.hash;
  }
  return previousHash;
}

/** One instant has one text: another would be a change that the hash does not see. */
function isExact(at: string): boolean {
  return new Date(at).toISOString() === at;
}
