import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { useNodes } from './support/journaled-ledgers.ts';
import { bookedAttempts, disagreements } from './support/ledger-agreement.ts';
import { usePostgres } from './support/postgres-databases.ts';

const writer = new URL('./support/journal-until-killed.ts', import.meta.url).pathname;
const start = Date.UTC(2026, 10, 4);
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A small generator: the same seed kills at the same points. */
function random(from: number): () => number {
  let state = from;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Acknowledged {
  readonly opened: Set<string>;
  readonly settled: Map<string, bigint>;
}

/** Lets a process write until it has reported so many lines, then kills it. */
async function writeUntil(lines: number, args: readonly string[], acknowledged: Acknowledged): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [writer, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let count = 0;
  try {
    if (child.stdout === null) throw new Error('no output');
    for await (const line of createInterface({ input: child.stdout })) {
      const [kind, id = '', cost] = line.split(' ');
      if (id.length !== 36) continue;
      if (kind === 'o') acknowledged.opened.add(id);
      // The last line may have lost its end.
      else if (cost === undefined || BigInt(cost) === BigInt(`0x${id.slice(24)}`) - 1_000_000_000n)
        acknowledged.settled.set(id, BigInt(cost ?? '0'));
      count += 1;
      if (count === lines) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();

  test(`books each journalled attempt once, as it was settled, over any number of SIGKILLs of the node, seed ${seed}`, async () => {
    const next = random(seed);
    const url = await databases.migrated();
    const file = join(await nodes.folder(), 'journal.db');
    const acknowledged: Acknowledged = { opened: new Set(), settled: new Map() };
    for (let life = 0; life < 5; life += 1) {
      const lines = 1 + Math.floor(next() * 600);
      await writeUntil(lines, [file, url, String(start), String(1 + life * 100_000), '8'], acknowledged);
    }
    const { ledger } = await nodes.start({ url, file });
    await ledger.recover(start + 1000);
    expect(await ledger.flush(60_000)).toBe(true);
    const { server } = databases;
    expect(await disagreements(server, url)).toEqual([]);
    const booked = await bookedAttempts(server, url);
    const lost = [...acknowledged.opened].filter(id => !booked.has(id));
    const wrong = [...acknowledged.settled].filter(([id, cost]) => booked.get(id)?.cost !== cost);
    expect({ lost, wrong }).toEqual({ lost: [], wrong: [] });
    expect(acknowledged.settled.size).toBeGreaterThan(100);
    expect([...booked.values()].some(({ outcome }) => outcome === 'UNKNOWN')).toBe(true);
    expect(ledger.backlog).toMatchObject({ waiting: 0, refused: 0 });

    await server.ask(url, 'update usage_hour set cost = cost + 1 where requests > 0');
    expect(await disagreements(server, url)).not.toEqual([]);
  }, 120_000);
});
