import { commandDocuments } from './cli/command-documents.ts';
import type { Config } from './config.ts';
import { createGateway, type OpenGateway } from './create-gateway.ts';
import { createTollgateYoga } from './graphql/create-yoga.ts';
import { type DrainOptions, startHttpServer } from './http/server.ts';
import { createTrustedDocuments, type TrustedDocuments } from './http/trusted-documents.ts';
import { logJournal } from './log-journal.ts';
import { type LogDestination, type Observability, startObservability } from './observability.ts';
import type { Rule } from './policy/rule.ts';
import { lockStateDir } from './stores/state-lock.ts';
import { trustRouter } from './trust-router.ts';

/** A server that accepts requests. */
export interface RunningServer {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  /** Why it can take no requests yet, where it cannot. */
  readonly notReady?: string;
  /** The administrator key, where this start made it. */
  readonly generatedAdministratorKey?: string;
  /** As `OpenGateway.reconfigure`. */
  reconfigure(config: Config): Promise<void>;
  /** Notes in the log how a reload went. */
  logReload(problem: string | undefined): void;
  /** Once, at the first call's pace. Stops gently: not ready at once, running requests finish, all is booked. */
  stop(pace: DrainOptions): Promise<void>;
}

export interface StartServerOptions {
  /** The enforcers in place of the default ones: `docs/adding-a-rule.md`. */
  readonly rules?: readonly Rule[];
  /** Where log lines go. Default: standard output. */
  readonly logTo?: LogDestination;
}

/**
 * Starts everything that `tollgate serve` is: the state, locked; the gateway; the server with all its entrances.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE (another server runs on this state), BAD_USER_INPUT (configuration).
 * @throws The listener's own error, such as EADDRINUSE.
 */
export async function startServer(config: Config, { logTo, rules }: StartServerOptions = {}): Promise<RunningServer> {
  const lock = await lockStateDir(config.stateDir);
  let observability: Observability | undefined;
  let gateway: OpenGateway | undefined;
  try {
    observability = await startObservability(config, logTo);
    const { logger, observers } = observability;
    gateway = await createGateway({
      config,
      lock,
      observers,
      events: {
        auditHead: (head, entries) => logger.info({ auditHead: head, entries }, 'the end of the audit log, signed'),
        purged: counts => logger.info(counts, 'purged what was past its time'),
        ledgerVerified: observability.ledgerVerified,
        fault: err => logger.error({ err }, 'a job of the gateway failed and is tried again'),
        journal: logJournal(logger),
      },
      ...(rules === undefined ? {} : { rules }),
    });
    return await listen(config, gateway, observability, lock);
  } catch (fault) {
    await gateway?.close();
    await observability?.close();
    await lock.release();
    throw fault;
  }
}

/** How long clients may take to read how their streams ended, when all time to finish is over. */
const lastEventsMs = 2_000;

function whyNotReady(gateway: OpenGateway): string | undefined {
  if (!gateway.hasUsableProvider) return 'no provider has a usable credential';
  if (!gateway.isStoreUsable) return 'the database cannot be used any more; start the process anew';
  if (gateway.nodes.notReady !== undefined) return gateway.nodes.notReady;
  if (gateway.unbookedOutcomes > 0) return 'the ledger does not take what is to be booked';
  return gateway.ledgerBacklog?.isFull === true ? 'the journal is full: the database takes nothing from it' : undefined;
}

/** The commands' own documents go through in strict mode too: they are this program's. */
function documentsOf({ trustedDocuments, names }: Config): TrustedDocuments | undefined {
  if (trustedDocuments === undefined) return undefined;
  return createTrustedDocuments({ ...trustedDocuments, further: commandDocuments(names) });
}

async function listen(
  config: Config,
  gateway: OpenGateway,
  observability: Observability,
  lock: Awaited<ReturnType<typeof lockStateDir>>,
): Promise<RunningServer> {
  const { access, generatedAdministratorKey, recoveredAttempts } = gateway;
  const { logger, collectMetrics, watchNodes, onFault } = observability;
  watchNodes(() => {
    const { policyVersion, nodes, ledgerBacklog: backlog, areCountersReachable } = gateway;
    return {
      liveNodes: nodes.live.length,
      credentials: gateway.credentialStates,
      ...(policyVersion === undefined ? {} : { policyVersion }),
      ...(backlog === undefined ? {} : { backlog }),
      ...(areCountersReachable === undefined ? {} : { areCountersReachable }),
    };
  });
  const yoga = createTollgateYoga({
    gateway,
    access,
    names: config.names,
    log: logger,
    federation: config.federation,
    hidesSchema: config.graphql.introspection === 'authenticated',
    limits: { maxPaidFields: config.graphql.paidFields },
    ...(gateway.administration === undefined ? {} : { administration: gateway.administration }),
  });
  let { allowedOrigins } = config;
  let documents = documentsOf(config);
  const router = trustRouter(config, access);
  const server = await startHttpServer({
    vouch: router.vouch,
    ...yoga,
    gateway,
    access,
    names: config.names,
    readiness: () => whyNotReady(gateway),
    metrics: collectMetrics,
    publicKeys: gateway.publicKeys,
    visiblePolicies: async (principal, ids) => {
      const seen = (await gateway.administration?.policies.policies(principal, ids)) ?? [];
      return new Set(seen.flatMap(policy => policy?.id ?? []));
    },
    onFault,
    allowedOrigins: () => allowedOrigins,
    documents: () => documents,
    hasGraphiql: config.graphql.graphiql,
    host: config.host,
    port: config.port,
  });
  await lock.announce(server.url);
  gateway.nodes.announce(server.url);
  const notReady = whyNotReady(gateway);
  if (recoveredAttempts > 0) logger.warn({ attempts: recoveredAttempts }, 'booked what a dead process had left open');
  logger.info({ url: server.url, pid: process.pid }, 'ready');
  let stopped: Promise<void> | undefined;
  return {
    url: server.url,
    ...(notReady === undefined ? {} : { notReady }),
    ...(generatedAdministratorKey === undefined ? {} : { generatedAdministratorKey }),
    async reconfigure(next) {
      await gateway.reconfigure(next);
      observability.reconfigure(next);
      allowedOrigins = next.allowedOrigins;
      documents = documentsOf(next);
      router.reconfigure(next);
    },
    logReload(problem) {
      if (problem === undefined) logger.info('took the new configuration');
      else logger.error({ problem }, 'went on with the old configuration');
    },
    stop(pace) {
      stopped ??= stop(pace);
      return stopped;
    },
  };

  async function stop(pace: DrainOptions): Promise<void> {
    // What is waited for may hang on timers alone, which do not keep a process.
    const keepAlive = setInterval(() => {}, 60_000);
    try {
      await stopGently(pace);
    } finally {
      clearInterval(keepAlive);
    }
  }

  async function stopGently(pace: DrainOptions): Promise<void> {
    const startedMs = performance.now();
    logger.info({ inFlight: server.inFlight }, 'stopping');
    await server.drain(pace);
    // Detached completions have nobody who waits for them, and finish all the same.
    await gateway.drain(Math.max(0, pace.finishMs + pace.acceptMs - (performance.now() - startedMs)));
    // What ended only now is told before its connection is closed.
    if (server.inFlight > 0) await server.drain({ acceptMs: 0, finishMs: lastEventsMs });
    await server.close();
    await gateway.close();
    await observability.close();
    await lock.release();
  }
}
