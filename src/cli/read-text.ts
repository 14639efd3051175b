import { readFile, stat } from 'node:fs/promises';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const mostBytes = 1_000_000_000;

/**
 * The text of a file, or of standard input for `-`.
 *
 * @throws {CommandError} Where it cannot be read.
 */
export async function readText(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') {
    if (terminal.isInteractive) throw new CommandError(exitCodes.usage, 'Nothing comes by standard input.');
    return await terminal.readInput();
  }
  try {
    if ((await stat(file)).size > mostBytes) throw new CommandError(exitCodes.failure, `${file} is larger than 1 GB.`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(exitCodes.failure, `${file} cannot be read.`);
  }
}
