import type { Config } from '../config.ts';
import { printTollgateSubgraph } from '../graphql/federation/tollgate-subgraph.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** `tollgate subgraph`: the schema as composers take it, which a server with this configuration answers too. */
export function subgraph(argv: readonly string[], terminal: Terminal, config: Config): ExitCode {
  if (argv.length > 0) {
    throw new CommandError(exitCodes.usage, 'subgraph takes no arguments; see: tollgate help subgraph');
  }
  terminal.out(printSubgraph(config));
  return exitCodes.success;
}

/** @throws {CommandError} Where a contributed type has the name of one of the schema's own. */
export function printSubgraph({ federation, names }: Config): string {
  try {
    return printTollgateSubgraph({ ...federation, names });
  } catch (fault) {
    if (fault instanceof TypeError) throw new CommandError(exitCodes.configuration, fault.message);
    throw fault;
  }
}
