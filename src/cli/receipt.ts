import { parseArgs } from 'node:util';
import { GatewayError } from '../errors.ts';
import { textDigest, verifyStatement } from '../gateway/receipts.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import { readKeys } from './read-keys.ts';
import { readText } from './read-text.ts';
import type { Terminal } from './terminal.ts';

/** `tollgate receipt verify|keys`: reads receipts without trusting who shows them. */
export async function receipt(
  argv: readonly string[],
  terminal: Terminal,
  connect: () => Promise<GraphClient>,
): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      keys: { type: 'string' },
      prompt: { type: 'string' },
      answer: { type: 'string' },
      nonce: { type: 'string' },
    },
  });
  const [action, file = '-', ...rest] = positionals;
  if (action === 'keys' && positionals.length === 1) {
    const keys = await readKeys(undefined, terminal, connect);
    terminal.out(`${JSON.stringify({ keys }, undefined, 2)}\n`);
    return exitCodes.success;
  }
  if (action !== 'verify' || rest.length > 0) {
    throw new CommandError(exitCodes.usage, 'Usage: tollgate receipt verify|keys; see: tollgate help receipt');
  }
  const { prompt, answer, nonce } = values;
  if ((prompt !== undefined || answer !== undefined) && nonce === undefined) {
    throw new CommandError(exitCodes.usage, '--prompt and --answer need the --nonce that the caller was given.');
  }
  if (nonce !== undefined && prompt === undefined && answer === undefined) {
    throw new CommandError(exitCodes.usage, '--nonce opens the digest of a text: give --prompt, --answer or both.');
  }
  const statement = await readText(file, terminal);
  const claims = await verified(statement, await readKeys(values.keys, terminal, connect));
  for (const [name, path] of [
    ['prompt', prompt],
    ['answer', answer],
  ] as const) {
    if (path === undefined) continue;
    const digest = claims[`${name}Digest`];
    if (digest === undefined) throw new CommandError(exitCodes.failure, `The receipt has no digest of the ${name}.`);
    if (textDigest(nonce ?? '', await readText(path, terminal)) !== digest) {
      throw new CommandError(exitCodes.failure, `The ${name} is another than the receipt is about, or the nonce is.`);
    }
  }
  terminal.out(`${JSON.stringify(claims, undefined, 2)}\n`);
  terminal.error('The receipt is valid.\n');
  return exitCodes.success;
}

async function verified(statement: string, keys: Parameters<typeof verifyStatement>[2]) {
  try {
    return await verifyStatement('tollgate-receipt', statement, keys);
  } catch (fault) {
    if (fault instanceof GatewayError) throw new CommandError(exitCodes.failure, fault.message);
    throw fault;
  }
}
