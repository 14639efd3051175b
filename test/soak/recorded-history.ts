import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CountedAttempt, SoakHistory, Violation } from './history.ts';

/** A run as it is kept, to be checked once more. */
export interface RecordedHistory {
  readonly seed: string;
  readonly violations: readonly Violation[];
  /** Attempts that the counters know, which were not lost since. */
  readonly current: ReadonlySet<string>;
  readonly history: SoakHistory;
}

const fileIn = (folder: string) => join(folder, 'history.json');

/** Writes it into a folder, as JSON. */
export async function writeHistory(folder: string, recorded: RecordedHistory): Promise<void> {
  const text = JSON.stringify(
    recorded,
    (_, member: unknown) => {
      if (typeof member === 'bigint') return `${member}`;
      if (member instanceof Set) return [...member];
      return member instanceof Map ? [...member.values()] : member;
    },
    1,
  );
  await writeFile(fileIn(folder), text);
}

/** Reads what `writeHistory` wrote. */
export async function readHistory(folder: string): Promise<RecordedHistory> {
  const { current, history, ...rest } = JSON.parse(await readFile(fileIn(folder), 'utf8'), (name, member: unknown) =>
    name.endsWith('Nanos') && typeof member === 'string' ? BigInt(member) : member,
  );
  const counted: readonly CountedAttempt[] = history.counted;
  return {
    ...rest,
    current: new Set(current),
    history: { ...history, counted: new Map(counted.map(one => [one.id, one])) },
  };
}
