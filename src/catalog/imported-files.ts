import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../errors.ts';
import type { CatalogFacts } from './catalog-facts.ts';
import { decodeFacts, encodeFacts } from './fact-file.ts';
import type { CatalogFormat, ImportedFacts } from './importers/imported-facts.ts';

/** The order in which imports lie over the built-in facts: what a provider says of itself is the last word. */
const layerOrder: readonly CatalogFormat[] = ['litellm', 'models.dev', 'openrouter'];

/**
 * Reads what was imported into a state folder, as layers for `createCatalog`; none where nothing was.
 *
 * @throws {GatewayError} BAD_USER_INPUT, with the name of the file, where one is damaged or of another version.
 */
export function readImportedFacts(stateDir: string): readonly CatalogFacts[] {
  return layerOrder.flatMap(format => {
    const file = fileOf(stateDir, format);
    const text = readIfThere(file);
    if (text === undefined) return [];
    try {
      return [decodeFacts(text)];
    } catch (cause) {
      throw new GatewayError('BAD_USER_INPUT', `${file}: not readable; import the catalogue again, or delete it`, {
        cause,
      });
    }
  });
}

/** Keeps an import in the state folder, in place of the last one of the same format. Whole or not at all. */
export function writeImportedFacts(stateDir: string, imported: ImportedFacts): void {
  const file = fileOf(stateDir, imported.format);
  const unfinished = `${file}.${process.pid}.tmp`;
  mkdirSync(join(stateDir, 'catalog'), { recursive: true, mode: 0o700 });
  writeFileSync(unfinished, encodeFacts(imported.facts), { mode: 0o600, flush: true });
  renameSync(unfinished, file);
}

function fileOf(stateDir: string, format: CatalogFormat): string {
  return join(stateDir, 'catalog', `${format}.json`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
