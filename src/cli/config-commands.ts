import type { Config } from '../config.ts';
import { configure } from '../configure.ts';
import { GatewayError } from '../errors.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { askReload } from './reload.ts';
import { formatTable, type Terminal } from './terminal.ts';

/** `tollgate config check|reload`. The settings themselves are checked by the time it is called. */
export async function configCommands(argv: readonly string[], terminal: Terminal, config: Config): Promise<ExitCode> {
  const [action, ...rest] = argv;
  if ((action !== 'check' && action !== 'reload') || rest.length > 0) {
    throw new CommandError(exitCodes.usage, 'Usage: tollgate config check|reload');
  }
  const summary = await check(config);
  if (action === 'check') {
    terminal.out(summary);
    return exitCodes.success;
  }
  const answer = await askReload(config.stateDir);
  if (answer === undefined) {
    throw new CommandError(
      exitCodes.unavailable,
      `No server runs on ${config.stateDir}; the next start takes the configuration.`,
    );
  }
  terminal.out(`${answer}\n`);
  return exitCodes.success;
}

async function check(config: Config): Promise<string> {
  const { printSubgraph } = await import('./subgraph.ts');
  printSubgraph(config);
  try {
    const sandboxUrl = config.sandbox ? 'http://127.0.0.1' : undefined;
    const { catalog, providers, retire } = configure(config, sandboxUrl, new Date().toISOString().slice(0, 10));
    const rows = config.providers.map(provider => {
      const served = catalog.configuredEndpoints.filter(({ providerId }) => providerId === provider.id).length;
      const hasCredential = providers.get(provider.id)?.hasCredential === true;
      return [
        provider.id,
        provider.protocol,
        provider.region ?? 'region unknown',
        served === 1 ? '1 endpoint' : `${served} endpoints`,
        hasCredential ? '' : 'no credential',
      ];
    });
    await retire();
    const sandbox = config.sandbox ? 'The sandbox serves: simulated answers, no model.\n' : '';
    const table = rows.length === 0 ? 'No provider is configured.' : formatTable(rows);
    return `The configuration is right${config.configPath === undefined ? '' : ` (${config.configPath})`}.\n${table}\n${sandbox}`;
  } catch (cause) {
    if (cause instanceof GatewayError) throw new CommandError(exitCodes.configuration, cause.message);
    throw cause;
  }
}
