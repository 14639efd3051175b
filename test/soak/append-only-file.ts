import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** What one script, or one command, changed: all of it at one instant. */
export type Change = readonly (readonly string[])[];

/**
 * Reads what Redis has executed, in its order, from the folder of its append-only file. What a killed server has not written
 * whole is left out, as at its restart.
 */
export function readChanges(folder: string): readonly Change[] {
  return followChanges()(folder);
}

/** Makes a reader of one append-only file that gives, each time, what has come since; the folder may have moved meanwhile. */
export function followChanges(): (folder: string) => readonly Change[] {
  const readUpTo = new Map<string, number>();
  return folder => {
    const files = readdirSync(folder)
      .filter(name => name.endsWith('.incr.aof'))
      .sort((left, right) => Number(left.split('.').at(-3)) - Number(right.split('.').at(-3)));
    return files.flatMap(name => {
      const from = readUpTo.get(name) ?? 0;
      const { changes, length } = group(readCommands(readFrom(join(folder, name), from)));
      readUpTo.set(name, from + length);
      return changes;
    });
  };
}

function readFrom(file: string, from: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - from));
    let filled = 0;
    while (filled < bytes.length) {
      const read = readSync(descriptor, bytes, filled, bytes.length - filled, from + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}

interface Command {
  readonly words: readonly string[];
  /** Where it ends among the bytes. */
  readonly end: number;
}

function readCommands(bytes: Buffer): readonly Command[] {
  const commands: Command[] = [];
  let at = 0;

  /** @returns Undefined at the end of what is whole. */
  function line(): string | undefined {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const text = bytes.toString('utf8', at, end);
    at = end + 2;
    return text;
  }

  for (;;) {
    const head = line();
    if (head === undefined) return commands;
    if (head.startsWith('#')) continue;
    if (!head.startsWith('*')) throw new Error('this is no append-only file');
    const words: string[] = [];
    for (let left = Number(head.slice(1)); left > 0; left--) {
      const size = line();
      const length = Number(size?.slice(1));
      if (size === undefined || at + length + 2 > bytes.length) return commands;
      words.push(bytes.toString('utf8', at, at + length));
      at += length + 2;
    }
    commands.push({ words, end: at });
  }
}

/** @returns What is whole, and how many bytes that is. */
function group(commands: readonly Command[]): { readonly changes: readonly Change[]; readonly length: number } {
  const changes: Change[] = [];
  let open: (readonly string[])[] | undefined;
  let length = 0;
  for (const { words, end } of commands) {
    const name = words[0]?.toUpperCase();
    if (name === 'MULTI') open = [];
    else if (name === 'EXEC') {
      if (open !== undefined) changes.push(open);
      open = undefined;
    } else if (name !== 'SELECT') {
      if (open === undefined) changes.push([words]);
      else open.push(words);
    }
    if (open === undefined) length = end;
  }
  return { changes, length };
}
