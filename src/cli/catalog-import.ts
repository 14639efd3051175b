import { readFile, stat } from 'node:fs/promises';
import { readBuiltInFacts } from '../catalog/built-in-facts.ts';
import { compareFacts } from '../catalog/compare-facts.ts';
import { readImportedFacts, writeImportedFacts } from '../catalog/imported-files.ts';
import { importCatalog } from '../catalog/importers/import-catalog.ts';
import type { Config } from '../config.ts';
import { GatewayError } from '../errors.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { askReload } from './reload.ts';
import type { Terminal } from './terminal.ts';

const mostBytes = 100_000_000;

/** `tollgate catalog import`: reads a public catalogue and keeps its facts in the state folder. */
export async function catalogImport(argv: readonly string[], terminal: Terminal, config: Config): Promise<ExitCode> {
  const [action, file, ...rest] = argv;
  if (action !== 'import' || file === undefined || rest.length > 0) {
    throw new CommandError(exitCodes.usage, 'Usage: tollgate catalog import FILE');
  }
  const imported = readFacts(await readCatalogFile(file));
  const known = [readBuiltInFacts(), ...readImportedFacts(config.stateDir)];
  const { added, changed, unchanged } = compareFacts(known, imported.facts);
  writeImportedFacts(config.stateDir, imported);
  terminal.out(`Imported ${imported.format}: ${added} endpoints added, ${changed} changed, ${unchanged} as before.\n`);
  for (const [reason, count] of imported.leftOut) terminal.out(`  left out: ${count} (${reason})\n`);
  const answer = await askReload(config.stateDir);
  if (answer !== undefined) terminal.out(`${answer}\n`);
  return exitCodes.success;
}

async function readCatalogFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > mostBytes) throw new CommandError(exitCodes.failure, `${file} is larger than 100 MB.`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(exitCodes.failure, `${file} cannot be read.`);
  }
}

function readFacts(text: string) {
  try {
    return importCatalog(text);
  } catch (cause) {
    if (cause instanceof GatewayError)
      throw new CommandError(exitCodes.failure, `The file is no catalogue: ${cause.message}.`);
    throw cause;
  }
}
