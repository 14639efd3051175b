import type { Change } from './append-only-file.ts';

/** A reservation, as its record says. */
export interface HeldAttempt {
  readonly id: string;
  readonly amount: bigint;
  readonly levelKeys: readonly string[];
  readonly request?: string;
  readonly providerId?: string;
}

/** What a script of the counters has done, read from what it has written. */
export interface CounterStep {
  readonly slot: string;
  /** Fields of levels as they were written, by the level's key. */
  readonly levels: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly held?: HeldAttempt;
  readonly assumed?: { readonly id: string; readonly cost: bigint; readonly levelKeys: readonly string[] };
  readonly settledId?: string;
  readonly givenBackId?: string;
  /** Its facts are kept after its settlement, with its cost. */
  readonly kept?: HeldAttempt;
  readonly opens: boolean;
}

const keyPattern = /^\{tollgate:([^}]*)\}:(.*)$/s;

/** @returns Undefined where nothing of money was changed. */
export function readStep(change: Change): CounterStep | undefined {
  let slot: string | undefined;
  const levels = new Map<string, Map<string, string>>();
  const step: {
    -readonly [Member in 'held' | 'assumed' | 'settledId' | 'givenBackId' | 'kept']?: CounterStep[Member];
  } = {};
  let opens = false;
  for (const [name = '', key = '', ...rest] of change) {
    const [, ofSlot, place = ''] = keyPattern.exec(key) ?? [];
    if (ofSlot === undefined) continue;
    const command = name.toUpperCase();
    if (command === 'HSET' && place.startsWith('b:')) {
      slot = ofSlot;
      const level = levels.get(place.slice(2)) ?? new Map<string, string>();
      for (let index = 0; index < rest.length; index += 2) level.set(rest[index] ?? '', rest[index + 1] ?? '');
      levels.set(place.slice(2), level);
    } else if (command === 'SET' && place.startsWith('r:')) {
      slot = ofSlot;
      Object.assign(step, readRecord(place.slice(2), rest[0] ?? ''));
    } else if (command === 'SET' && place.startsWith('f:')) {
      const { held } = readRecord(place.slice(2), rest[0] ?? '');
      if (held !== undefined) step.kept = held;
    } else if (command === 'DEL' && place.startsWith('r:')) {
      step.givenBackId = place.slice(2);
    } else if (command === 'HSET' && place.startsWith('s:')) {
      slot = ofSlot;
      step.settledId = place.slice(2) + (rest[0] ?? '');
    } else if (command === 'HSET' && place === 'slot' && rest[0] === 'o' && rest[1] === '1') {
      slot = ofSlot;
      opens = true;
    }
  }
  // What is settled is deleted too, and kept elsewhere.
  if (step.settledId !== undefined) delete step.givenBackId;
  return slot === undefined ? undefined : { slot, levels, opens, ...step };
}

export function nanosOf(dollars: unknown, nanos: unknown): bigint {
  return BigInt(Number(dollars)) * 1_000_000_000n + BigInt(Number(nanos));
}

function readRecord(id: string, record: string): Partial<CounterStep> {
  const end = record.indexOf('\n');
  const header = JSON.parse(record.slice(record.startsWith('h') ? 1 : 2, end));
  const amount = nanosOf(header.d, header.n);
  // An empty Lua table is written as an object.
  const levelKeys: readonly string[] = Array.isArray(header.l) ? header.l.map(([key]: readonly [string]) => key) : [];
  if (record.startsWith('a')) return { assumed: { id, cost: amount, levelKeys } };
  const { completion, attempt } = JSON.parse(record.slice(end + 1));
  const labels: readonly { readonly name: string; readonly value: string }[] = completion?.labels ?? [];
  const request = labels.find(({ name }) => name === 'request')?.value;
  const providerId: string | undefined = attempt?.providerId;
  const named = {
    ...(request === undefined ? {} : { request }),
    ...(providerId === undefined ? {} : { providerId }),
  };
  return { held: { id, amount, levelKeys, ...named } };
}
