import { createHmac } from 'node:crypto';
import type { Config } from './config.ts';
import { configure, wireProtocols } from './configure.ts';
import { badInput } from './errors.ts';
import { type GatewayParts, noPolicies, type PolicySource } from './gateway/core.ts';
import { createGate, type Gate } from './gateway/gate.ts';
import type { LeasedConfiguration } from './gateway/lease.ts';
import type { GatewayObserver } from './gateway/observer.ts';
import { type AccessControl, createAccessControl } from './identity/access-control.ts';
import { openAdministratorKey } from './identity/administrator-key.ts';
import { createJwtVerifier } from './identity/jwt.ts';
import { openKeyring } from './identity/secrets.ts';
import { openMasterSecrets } from './identity/state-secret.ts';
import type { Clock } from './model/clock.ts';
import type { Rule } from './policy/rule.ts';
import { region } from './policy/rules/region.ts';
import { retention } from './policy/rules/retention.ts';
import { type Sandbox, startSandbox } from './sandbox/start-sandbox.ts';
import { memoryHealthStore } from './stores/memory/health-store.ts';
import { memorySessionStore } from './stores/memory/session-store.ts';
import { openSqliteStores } from './stores/sqlite/open-sqlite-stores.ts';
import { systemClock } from './system-clock.ts';

export interface CreateGatewayOptions {
  /** From `loadConfig`. */
  readonly config: Config;
  /** The enforcers that are installed, with what they demand of everybody. Default: `region()` and `retention()`. */
  readonly rules?: readonly Rule[];
  /** Where the policies come from. Default: there are none. */
  readonly policies?: PolicySource;
  /** Logs, metrics, traces. Default: none. */
  readonly observers?: readonly GatewayObserver[];
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** A gateway with its stores open. */
export interface OpenGateway extends Gate {
  readonly access: AccessControl;
  /** The administrator key, where this start made it; it is kept nowhere. */
  readonly generatedAdministratorKey?: string;
  /** Attempts that a dead process had left open, booked at this start as unknown. */
  readonly recoveredAttempts: number;
  /** Whether the database can still be read and written. */
  readonly isStoreUsable: boolean;
  /** Whether a configured provider has a credential to try with. */
  readonly hasUsableProvider: boolean;
  /**
   * Takes a new configuration whole or not at all; running completions keep the old one. Host, port, stores and
   * secrets stay as they are until the next start.
   *
   * @throws {GatewayError} BAD_USER_INPUT; then the old configuration goes on.
   */
  reconfigure(config: Config): Promise<void>;
  /** Lets go of providers and stores. Drain first. */
  close(): Promise<void>;
}

/**
 * Opens a gateway: state, identity, catalogue, providers, and the one gate over them.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE.
 * @throws {ConfigError} Where catalogue and configuration contradict each other.
 */
export async function createGateway(options: CreateGatewayOptions): Promise<OpenGateway> {
  const { config, clock = systemClock, policies = noPolicies, observers = [] } = options;
  const { rules = [region(), retention()] } = options;
  const stores = await openSqliteStores({ file: config.databasePath });
  const closing: (() => Promise<void>)[] = [stores.close];
  try {
    const { access, endUserKey, generatedAdministratorKey } = await openAccess(config, stores, clock);
    closing.unshift(access.close);
    let sandbox: Sandbox | undefined;
    closing.unshift(async () => await sandbox?.close());
    const configureWith = async (next: Config): Promise<LeasedConfiguration> => {
      if (next.sandbox) sandbox ??= await startSandbox();
      return configure(next, next.sandbox ? sandbox?.url : undefined, todayOf(clock));
    };

    let configured = await configureWith(config);
    closing.unshift(() => configured.retire());
    const recoveredAttempts = await stores.ledger.recover(clock.now());
    const parts: GatewayParts = {
      configured: () => configured,
      rules,
      policies,
      ledger: stores.ledger,
      access: stores.access,
      health: memoryHealthStore(),
      sessions: memorySessionStore(),
      clock,
      observers,
      pseudonymOf: (projectId, endUser) =>
        createHmac('sha256', endUserKey).update(`${projectId}\n${endUser}`).digest('base64url'),
      allowedOptions: Object.fromEntries(
        Object.values(wireProtocols).map(({ protocol, allowedOptions }) => [protocol, allowedOptions]),
      ),
    };
    const gate = createGate(parts);
    return {
      ...gate,
      get catalog() {
        return gate.catalog;
      },
      get activeRuns() {
        return gate.activeRuns;
      },
      get unbookedOutcomes() {
        return gate.unbookedOutcomes;
      },
      get isStoreUsable() {
        return stores.isUsable;
      },
      get hasUsableProvider() {
        return [...configured.providers.values()].some(({ adapter }) => adapter.hasCredential);
      },
      access,
      recoveredAttempts,
      ...(generatedAdministratorKey === undefined ? {} : { generatedAdministratorKey }),
      async reconfigure(next) {
        refuseFixedChanges(config, next);
        const tokens = createJwtVerifier({ issuers: next.jwtIssuers, clock });
        const replaced = configured;
        configured = await configureWith(next);
        access.replaceTokens(tokens);
        // It lasts as long as the completions that began with it.
        void replaced.retire().catch(() => {});
      },
      close: () => closeAll(closing),
    };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function openAccess(config: Config, stores: Awaited<ReturnType<typeof openSqliteStores>>, clock: Clock) {
  const master = await openMasterSecrets({
    stateDir: config.stateDir,
    ...(config.secret === undefined ? {} : { secret: config.secret.reveal() }),
    ...(config.previousSecret === undefined ? {} : { previousSecret: config.previousSecret.reveal() }),
  });
  const keyring = await openKeyring({ store: stores.secrets, ...master });
  const hashKey = keyring.key('api-keys');
  const { secretHash, generated } = await openAdministratorKey({
    store: stores.secrets,
    hashKey,
    ...(config.administratorKey === undefined ? {} : { given: config.administratorKey.reveal() }),
  });
  const access = await createAccessControl({
    store: stores.access,
    clock,
    hashKey,
    administratorHash: secretHash,
    jwt: createJwtVerifier({ issuers: config.jwtIssuers, clock }),
  });
  return { access, endUserKey: keyring.key('end-users'), generatedAdministratorKey: generated };
}

/** What the server holds from its start on: a reload that changes one of these is refused, not half taken. */
const fixedAtStart = ['host', 'port', 'databasePath', 'stateDir', 'nodeId', 'names', 'logLevel', 'telemetry'] as const;

function refuseFixedChanges(config: Config, next: Config): void {
  const changed = fixedAtStart.find(setting => JSON.stringify(config[setting]) !== JSON.stringify(next[setting]));
  if (changed !== undefined) throw badInput(changed, 'changes with a new start only, so nothing was taken');
}

/** Each in its turn, and all of them, whatever one of them throws. */
async function closeAll(closing: readonly (() => Promise<void>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closing) await close().catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw new AggregateError(faults, 'Not everything could be closed.');
}

function todayOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10);
}
