import type { Config } from '../config.ts';
import { ConfigError, GatewayError, OperatorReason } from '../errors.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { commandHelp, overview } from './help.ts';
import type { Terminal } from './terminal.ts';

export interface MainOptions {
  readonly argv: readonly string[];
  readonly terminal: Terminal;
  readonly version: string;
  readonly loadConfig: () => Config;
}

/** Runs one command. Every fault ends as one line on standard error, and as an exit code that a script can use. */
export async function main({ argv, terminal, version, loadConfig }: MainOptions): Promise<ExitCode> {
  const [command, ...rest] = argv;
  if (command === '-v' || command === '--version') {
    terminal.out(`${version}\n`);
    return exitCodes.success;
  }
  if (command === undefined || command === '-h' || command === '--help') {
    terminal.out(overview());
    return exitCodes.success;
  }
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (command === 'help' || options.includes('-h') || options.includes('--help')) {
    return explain(command === 'help' ? rest[0] : command, terminal);
  }
  try {
    return await runCommand(command, rest, terminal, version, loadConfig);
  } catch (fault) {
    if (terminal.interrupted.aborted) return exitCodes.failure;
    const { message, exitCode } = readFault(fault);
    terminal.error(`${message}\n`);
    return exitCode;
  }
}

async function runCommand(
  command: string,
  argv: readonly string[],
  terminal: Terminal,
  version: string,
  loadConfig: () => Config,
): Promise<ExitCode> {
  switch (command) {
    case 'serve': {
      if (argv.length > 0)
        throw new CommandError(exitCodes.usage, 'serve takes no arguments; see: tollgate help serve');
      const { serve } = await import('./serve.ts');
      return await serve(terminal, loadConfig);
    }
    case 'complete': {
      const [{ complete }, { connect }] = await Promise.all([import('./complete.ts'), import('./connect.ts')]);
      return await complete(argv, terminal, () => connect(loadConfig()));
    }
    case 'models': {
      const [{ models }, { connect }] = await Promise.all([import('./models.ts'), import('./connect.ts')]);
      return await models(argv, terminal, () => connect(loadConfig()));
    }
    case 'audit': {
      const [{ audit }, { connect }] = await Promise.all([import('./audit.ts'), import('./connect.ts')]);
      return await audit(argv, terminal, () => connect(loadConfig()));
    }
    case 'receipt': {
      const [{ receipt }, { connect }] = await Promise.all([import('./receipt.ts'), import('./connect.ts')]);
      return await receipt(argv, terminal, () => connect(loadConfig()));
    }
    case 'content': {
      const [{ content }, { connect }] = await Promise.all([import('./content.ts'), import('./connect.ts')]);
      return await content(argv, terminal, () => connect(loadConfig()));
    }
    case 'ledger': {
      const { ledger } = await import('./ledger.ts');
      return await ledger(argv, terminal, loadConfig());
    }
    case 'catalog': {
      const { catalogImport } = await import('./catalog-import.ts');
      return await catalogImport(argv, terminal, loadConfig());
    }
    case 'config': {
      const { configCommands } = await import('./config-commands.ts');
      return await configCommands(argv, terminal, loadConfig());
    }
    case 'subgraph': {
      const { subgraph } = await import('./subgraph.ts');
      return subgraph(argv, terminal, loadConfig());
    }
    case 'migrate': {
      const { migrate } = await import('./migrate.ts');
      return await migrate(argv, terminal, loadConfig());
    }
    case 'backup': {
      const { backup } = await import('./backup.ts');
      return backup(argv, terminal, loadConfig(), version);
    }
    case 'restore': {
      const { restore } = await import('./restore.ts');
      return await restore(argv, terminal, loadConfig());
    }
    case 'chaos': {
      const { chaos } = await import('./chaos.ts');
      return await chaos(argv, terminal);
    }
    default:
      throw new CommandError(exitCodes.usage, `There is no command "${command}". See: tollgate --help`);
  }
}

function explain(command: string | undefined, terminal: Terminal): ExitCode {
  const help = command !== undefined && Object.hasOwn(commandHelp, command) ? commandHelp[command] : undefined;
  if (command !== undefined && help === undefined) {
    terminal.error(`There is no command "${command}". See: tollgate --help\n`);
    return exitCodes.usage;
  }
  terminal.out(help === undefined ? overview() : `${help.text}\n`);
  return exitCodes.success;
}

function readFault(fault: unknown): { readonly message: string; readonly exitCode: ExitCode } {
  if (fault instanceof CommandError) return fault;
  if (fault instanceof ConfigError) return { message: fault.message, exitCode: exitCodes.configuration };
  if (fault instanceof GatewayError) {
    // CONFLICT is what the lock of the state folder says.
    const isUnavailable = fault.code === 'STORE_UNAVAILABLE' || fault.code === 'CONFLICT';
    const reason = fault.cause instanceof OperatorReason ? `: ${fault.cause.message}` : '';
    return {
      message: `${fault.message}${reason}`,
      exitCode: isUnavailable ? exitCodes.unavailable : exitCodes.failure,
    };
  }
  if (fault instanceof TypeError && 'code' in fault && String(fault.code).startsWith('ERR_PARSE_ARGS')) {
    return { message: fault.message, exitCode: exitCodes.usage };
  }
  return { message: fault instanceof Error ? fault.message : String(fault), exitCode: exitCodes.failure };
}
