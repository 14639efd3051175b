import type { Config } from './config.ts';
import { createGateway, type OpenGateway } from './create-gateway.ts';
import { createTollgateYoga } from './graphql/create-yoga.ts';
import { type DrainOptions, startHttpServer } from './http/server.ts';
import { lockStateDir } from './stores/state-lock.ts';
import { loadTokenizer } from './stream/count-tokens.ts';

/** A server that accepts requests. */
export interface RunningServer {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  /** The administrator key, where this start made it. */
  readonly generatedAdministratorKey?: string;
  /** As `OpenGateway.reconfigure`. */
  reconfigure(config: Config): Promise<void>;
  /** Notes in the log how a reload went. */
  logReload(problem: string | undefined): void;
  /** Stops gently: not ready at once, running requests finish, all is booked. */
  stop(pace: DrainOptions): Promise<void>;
}

/**
 * Starts everything that `tollgate serve` is: the state, locked; the gateway; the server with all its entrances.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE (another server runs on this state), BAD_USER_INPUT (configuration).
 * @throws The listener's own error, such as EADDRINUSE.
 */
export async function startServer(config: Config): Promise<RunningServer> {
  const lock = await lockStateDir(config.stateDir);
  let gateway: OpenGateway | undefined;
  try {
    gateway = await createGateway({ config });
    return await listen(config, gateway, lock);
  } catch (fault) {
    await gateway?.close();
    await lock.release();
    throw fault;
  }
}

async function listen(
  config: Config,
  gateway: OpenGateway,
  lock: Awaited<ReturnType<typeof lockStateDir>>,
): Promise<RunningServer> {
  const { access, generatedAdministratorKey } = gateway;
  const yoga = createTollgateYoga({ gateway, access, names: config.names });
  const server = await startHttpServer({
    ...yoga,
    gateway,
    access,
    names: config.names,
    readiness: () => (gateway.hasUsableProvider ? undefined : 'no provider has a usable credential'),
    host: config.host,
    port: config.port,
  });
  await lock.announce(server.url);
  // Not before the node is ready: it takes a third of a second, and is needed only where a provider reports no usage.
  void loadTokenizer();
  return {
    url: server.url,
    ...(generatedAdministratorKey === undefined ? {} : { generatedAdministratorKey }),
    reconfigure: gateway.reconfigure,
    logReload() {},
    async stop(pace) {
      const startedMs = performance.now();
      const isIdle = await server.drain(pace);
      const leftMs = isIdle ? 0 : Math.max(0, pace.finishMs + pace.acceptMs - (performance.now() - startedMs));
      await gateway.drain(leftMs);
      await server.close();
      await gateway.close();
      await lock.release();
    },
  };
}
