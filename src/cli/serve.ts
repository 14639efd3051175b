import type { Config } from '../config.ts';
import { ConfigError, GatewayError } from '../errors.ts';
import { type RunningServer, startServer } from '../start-server.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { writeReloadReport } from './reload.ts';
import type { Terminal } from './terminal.ts';

/** How long a stopping server still accepts requests, so that balancers learn of it, and then finishes running ones. */
const gentle = { acceptMs: 5_000, finishMs: 120_000 };

/** At a terminal nobody balances load. */
const interactive = { acceptMs: 0, finishMs: 120_000 };

/** `tollgate serve`: runs until a signal ends it. */
export async function serve(terminal: Terminal, loadConfig: () => Config): Promise<ExitCode> {
  const config = loadConfig();
  const server = await start(config);
  terminal.out(banner(server, config));

  const { promise: stopped, resolve } = Promise.withResolvers<ExitCode>();
  let isStopping = false;
  function stop(pace: typeof gentle): void {
    if (isStopping) {
      resolve(exitCodes.failure);
      return;
    }
    isStopping = true;
    server.stop(pace).then(
      () => resolve(exitCodes.success),
      () => resolve(exitCodes.failure),
    );
  }
  process.on('SIGTERM', () => stop(gentle));
  process.on('SIGINT', () => stop(interactive));
  process.on('SIGHUP', () => void reload(server, loadConfig, config.stateDir));
  const code = await stopped;
  // What a second signal cuts short must not keep the process alive.
  process.exit(code);
}

async function start(config: Config): Promise<RunningServer> {
  try {
    return await startServer(config);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'EADDRINUSE') {
      throw new CommandError(
        exitCodes.unavailable,
        `PORT: ${config.host}:${config.port} is in use by another program; set PORT to another number, or 0 for any.`,
      );
    }
    throw fault;
  }
}

async function reload(server: RunningServer, loadConfig: () => Config, stateDir: string): Promise<void> {
  let problem: string | undefined;
  try {
    await server.reconfigure(loadConfig());
  } catch (fault) {
    const isExplained = fault instanceof ConfigError || fault instanceof GatewayError;
    problem = isExplained ? fault.message : 'an internal fault; see the log';
  }
  server.logReload(problem);
  await writeReloadReport(stateDir, problem);
}

function banner({ url, generatedAdministratorKey }: RunningServer, config: Config): string {
  const key = generatedAdministratorKey ?? '$TOLLGATE_API_KEY';
  const generated =
    generatedAdministratorKey === undefined
      ? ''
      : `
Administrator key (shown this once, kept nowhere):

  ${generatedAdministratorKey}
`;
  const sandbox = config.sandbox
    ? '\nThe sandbox answers: simulated, no model is called. See docs/configuration.md for real providers.\n'
    : '';
  return `
Tollgate listens on ${url}
${generated}${sandbox}
A first query:

  curl -s ${url}/graphql -H 'authorization: Bearer ${key}' -H 'content-type: application/json' \\
    -d '{"query":"mutation { complete(input: { messages: [{ role: USER, text: \\"Say hello\\" }] }) { text model { id } usage { cost } } }"}'

In a browser: ${url}/graphql    OpenAI clients: base URL ${url}/v1

`;
}
