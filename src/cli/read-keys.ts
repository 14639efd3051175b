import type { PublicKey } from '../gateway/signing-keys.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import { readText } from './read-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * The public keys of a JSON Web Key Set, or, without a file, those of the gateway itself.
 *
 * @throws {CommandError} Where the file holds none.
 */
export async function readKeys(
  file: string | undefined,
  terminal: Terminal,
  connect: () => Promise<GraphClient>,
): Promise<readonly PublicKey[]> {
  if (file !== undefined) return parseKeys(await readText(file, terminal), file);
  const client = await connect();
  try {
    return await client.publicKeys();
  } finally {
    await client.close();
  }
}

function parseKeys(text: string, file: string): readonly PublicKey[] {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    if (Array.isArray(keys)) return keys as readonly PublicKey[];
  } catch {
    // Said below.
  }
  throw new CommandError(exitCodes.failure, `${file} is no JSON Web Key Set.`);
}
