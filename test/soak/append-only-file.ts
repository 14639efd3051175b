import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one script, or one command, changed: all of it at one instant. */
export type Change = readonly (readonly string[])[];

/**
 * Reads what Redis has executed, in its order, from the folder of its append-only file. What a killed server has not written
 * whole is left out, as at its restart.
 */
export function readChanges(folder: string): readonly Change[] {
  const files = readdirSync(folder)
    .filter(name => name.endsWith('.incr.aof'))
    .sort((left, right) => Number(left.split('.').at(-3)) - Number(right.split('.').at(-3)));
  return files.flatMap(name => group(readCommands(readFileSync(join(folder, name)))));
}

function readCommands(bytes: Buffer): readonly (readonly string[])[] {
  const commands: (readonly string[])[] = [];
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
    const command: string[] = [];
    for (let left = Number(head.slice(1)); left > 0; left--) {
      const size = line();
      const length = Number(size?.slice(1));
      if (size === undefined || at + length + 2 > bytes.length) return commands;
      command.push(bytes.toString('utf8', at, at + length));
      at += length + 2;
    }
    commands.push(command);
  }
}

function group(commands: readonly (readonly string[])[]): readonly Change[] {
  const changes: Change[] = [];
  let open: (readonly string[])[] | undefined;
  for (const command of commands) {
    const name = command[0]?.toUpperCase();
    if (name === 'SELECT') continue;
    if (name === 'MULTI') open = [];
    else if (name === 'EXEC') {
      if (open !== undefined) changes.push(open);
      open = undefined;
    } else if (open === undefined) changes.push([command]);
    else open.push(command);
  }
  return changes;
}
