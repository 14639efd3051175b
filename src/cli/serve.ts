import type { Config } from '../config.ts';
import { ConfigError, GatewayError } from '../errors.ts';
import { type RunningServer, startServer } from '../start-server.ts';
import { bannerOf } from './banner.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { writeReloadReport } from './reload.ts';
import type { Terminal } from './terminal.ts';

/** How long a stopping server still accepts requests, so that balancers learn of it, and then finishes running ones. */
const gentle = { acceptMs: 5_000, finishMs: 120_000 };

/** At a terminal nobody balances load. */
const interactive = { acceptMs: 0, finishMs: 120_000 };

/**
 * How long signals count as one. A Ctrl-C reaches the whole group of processes, and npm then sends on what it was sent
 * itself: the second one within milliseconds is nobody's second thought.
 */
const oneSignalMs = 500;

/** `tollgate serve`: runs until a signal ends it. */
export async function serve(terminal: Terminal, loadConfig: () => Config): Promise<ExitCode> {
  const config = loadConfig();
  const starting = start(config);
  // Listened to before the state is taken: whoever reads the address there may send it at once.
  process.on('SIGHUP', () => {
    starting.then(
      server => reload(server, loadConfig, config.stateDir),
      () => {},
    );
  });
  const server = await starting;
  terminal.out(bannerOf(server, config));

  const { promise: stopped, resolve } = Promise.withResolvers<ExitCode>();
  let stoppingSinceMs: number | undefined;
  function stop(pace: typeof gentle): void {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs > oneSignalMs) resolve(exitCodes.failure);
      return;
    }
    stoppingSinceMs = performance.now();
    server.stop(pace).then(
      () => resolve(exitCodes.success),
      () => resolve(exitCodes.failure),
    );
  }
  process.on('SIGTERM', () => stop(gentle));
  process.on('SIGINT', () => stop(interactive));
  const code = await stopped;
  // What a second signal cuts short must not keep the process alive.
  process.exit(code);
}

async function start(config: Config): Promise<RunningServer> {
  try {
    return await startServer(config);
  } catch (fault) {
    throw explained(fault, config);
  }
}

/** The listener's own faults, as one line that says what to set. */
function explained(fault: unknown, { host, port }: Config): unknown {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  if (code === 'EADDRINUSE') {
    return new CommandError(
      exitCodes.unavailable,
      `PORT: ${host}:${port} is in use by another program; set PORT to another number, or 0 for any.`,
    );
  }
  if (code === 'EACCES') {
    return new CommandError(exitCodes.unavailable, `PORT: this user may not listen on port ${port}.`);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CommandError(exitCodes.unavailable, `HOST: ${host} is no address of this machine.`);
  }
  return fault;
}

async function reload(server: RunningServer, loadConfig: () => Config, stateDir: string): Promise<void> {
  let problem: string | undefined;
  try {
    await server.reconfigure(loadConfig());
  } catch (fault) {
    const isExplained = fault instanceof ConfigError || fault instanceof GatewayError;
    problem = isExplained ? fault.message : 'an internal fault';
  }
  server.logReload(problem);
  // A disk that takes no report must not end the server.
  await writeReloadReport(stateDir, problem).catch(() => server.logReload('the report for the command failed'));
}
