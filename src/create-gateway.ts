import { createHmac } from 'node:crypto';
import type { Config } from './config.ts';
import { configure, wireProtocols } from './configure.ts';
import { OperatorReason } from './errors.ts';
import { refuseFixedChanges } from './fixed-settings.ts';
import { administerContent } from './gateway/administer-content.ts';
import { administerPolicies } from './gateway/administer-policies.ts';
import type { Administration } from './gateway/administration.ts';
import type { GatewayParts, PolicySource } from './gateway/core.ts';
import { type CredentialState, credentialStates } from './gateway/credential-states.ts';
import { createGate, type Gate } from './gateway/gate.ts';
import type { LeasedConfiguration } from './gateway/lease.ts';
import type { Nodes } from './gateway/nodes.ts';
import type { GatewayObserver } from './gateway/observer.ts';
import { openPolicyBook } from './gateway/policy-book.ts';
import { readAudit } from './gateway/read-audit.ts';
import { createReceipts } from './gateway/receipts.ts';
import { openSigningKeys, type PublicKey } from './gateway/signing-keys.ts';
import { callForBudgets, type GatewayEvents, startGatewayJobs } from './gateway-jobs.ts';
import type { AccessControl } from './identity/access-control.ts';
import { createJwtVerifier } from './identity/jwt.ts';
import type { Clock } from './model/clock.ts';
import { parseDollars } from './model/money.ts';
import { openAccess } from './open-access.ts';
import { openCounters } from './open-counters.ts';
import { openInstallationKeys } from './open-keys.ts';
import { journalFaults, openLedger } from './open-ledger.ts';
import { confirmation, messagesOver, openNodes } from './open-nodes.ts';
import { openConfiguredRedis } from './open-redis.ts';
import { openStores } from './open-stores.ts';
import type { Rule } from './policy/rule.ts';
import { budgets } from './policy/rules/budgets.ts';
import { content } from './policy/rules/content.ts';
import { limits } from './policy/rules/limits.ts';
import { modelAccess } from './policy/rules/models.ts';
import { rateLimits } from './policy/rules/rate-limits.ts';
import { region } from './policy/rules/region.ts';
import { retention } from './policy/rules/retention.ts';
import { type Sandbox, startSandbox } from './sandbox/start-sandbox.ts';
import type { Backlog } from './stores/journaled-ledger-store.ts';
import { lockStateDir, type StateLock } from './stores/state-lock.ts';
import { systemClock } from './system-clock.ts';

export interface CreateGatewayOptions {
  /** From `loadConfig`. */
  readonly config: Config;
  /** The enforcers that are installed, with what they demand of everybody. Default: `defaultRules()`. */
  readonly rules?: readonly Rule[];
  /** Where the policies come from. Default: those that administrators write here. */
  readonly policies?: PolicySource;
  /** Logs, metrics, traces. Default: none. */
  readonly observers?: readonly GatewayObserver[];
  /** What happens beside requests. Default: nobody is told. */
  readonly events?: GatewayEvents;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** What this process is called among the nodes, where it is not the one that the configuration names. */
  readonly nodeId?: string;
  /** The state folder's lock, where the caller holds it. Default: the gateway takes it, and gives it back when it closes. */
  readonly lock?: StateLock;
}

/** A gateway with its stores open. */
export interface OpenGateway extends Gate {
  readonly access: AccessControl;
  /** Policies, audit log and kept text; absent where the policies come from elsewhere. */
  readonly administration?: Administration;
  /** What receipts and heads of the audit log can be verified with: the keys of all times. */
  publicKeys(): Promise<readonly PublicKey[]>;
  /** The administrator key, where this start made it; it is kept nowhere. */
  readonly generatedAdministratorKey?: string;
  /** Attempts that a dead process had left open, booked at this start as unknown. */
  readonly recoveredAttempts: number;
  /** This node among those of its installation. */
  readonly nodes: Pick<Nodes, 'announce' | 'live' | 'notReady'>;
  /** The number of the last change of policies that is in force here; absent where they come from elsewhere. */
  readonly policyVersion: number | undefined;
  /** Whether Redis is connected; absent where the counters are this node's alone. */
  readonly areCountersReachable: boolean | undefined;
  /** What this node has written and the ledger of all nodes has not taken yet; absent where the ledger is its own. */
  readonly ledgerBacklog: Backlog | undefined;
  /** Whether the database can still be read and written. */
  readonly isStoreUsable: boolean;
  /** Whether a configured provider has a credential to try with. */
  readonly hasUsableProvider: boolean;
  /** Every credential of the configured providers. */
  readonly credentialStates: readonly CredentialState[];
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

/** Every enforcer that there is, without settings of its own. */
export function defaultRules(): readonly Rule[] {
  return [region(), retention(), modelAccess(), content(), budgets(), rateLimits(), limits()];
}

/**
 * Opens a gateway: state, identity, policies, catalogue, providers, and the one gate over them.
 *
 * @throws {GatewayError} CONFLICT where another process holds the state folder; STORE_UNAVAILABLE.
 * @throws {ConfigError} Where catalogue and configuration contradict each other.
 */
export async function createGateway(options: CreateGatewayOptions): Promise<OpenGateway> {
  const { config, clock = systemClock, observers = [], events = {}, rules = defaultRules() } = options;
  const { fault = () => {} } = events;
  const own = options.lock === undefined ? [await lockStateDir(config.stateDir)] : [];
  const closing: (() => Promise<void>)[] = own.map(({ release }) => release);
  try {
    const stores = await openStores(config, clock.now);
    closing.unshift(stores.close);
    const keyring = await openInstallationKeys(config, stores);
    const redis = await openConfiguredRedis(config, fault);
    closing.unshift(async () => await redis?.close());
    let nodes: Nodes | undefined;
    const tellRevoked = () => void nodes?.accessChanged();
    const { access, generatedAdministratorKey } = await openAccess(config, stores, keyring, clock, tellRevoked);
    closing.unshift(access.close);
    const book =
      options.policies === undefined
        ? await openPolicyBook({ store: stores.policies, clock, ...confirmation(config) })
        : undefined;
    nodes = await openNodes({
      config,
      nodeId: options.nodeId ?? config.nodeId,
      stores,
      book,
      access,
      redis,
      clock,
      onFault: fault,
    });
    closing.unshift(nodes.close);
    let sandbox: Sandbox | undefined;
    closing.unshift(async () => await sandbox?.close());
    const configureWith = async (next: Config): Promise<LeasedConfiguration> => {
      if (next.sandbox) sandbox ??= await startSandbox();
      return configure(next, next.sandbox ? sandbox?.url : undefined, todayOf(clock));
    };

    let configured = await configureWith(config);
    let { maxCompletions } = config.overload;
    closing.unshift(() => configured.retire());
    const opened = await openLedger(config, stores, clock, events.journal ?? journalFaults(fault));
    closing.unshift(opened.close);
    const { ledger, recoveredAttempts } = opened;
    const counters = await openCounters(redis, clock, stores.idempotency, config.budgets.settledMemoryMs);
    closing.unshift(counters.close);
    const { rotateAfterMs, isEnabled } = config.receipts;
    const keys = openSigningKeys({ store: stores.secrets, wrappingKey: keyring.key('signing'), clock, rotateAfterMs });
    const source = options.policies ?? book;
    if (source === undefined) throw new TypeError('policies: there is no source');
    const policies = nodes.guard(source);
    const hash = (purpose: 'end-users' | 'receipt-principals' | 'idempotency', text: string) =>
      createHmac('sha256', keyring.key(purpose)).update(text).digest('base64url');
    const parts: GatewayParts = {
      configured: () => configured,
      rules,
      policies,
      ledger,
      access: stores.access,
      content: stores.content,
      ...(isEnabled ? { receipts: createReceipts(keys) } : {}),
      ...counters.stores,
      ...(redis === undefined
        ? {}
        : { callForBudgets: callForBudgets(redis), messages: messagesOver(redis, keyring.key('node-messages')) }),
      maxCompletions: () => maxCompletions,
      hashIdempotency: text => hash('idempotency', text),
      audit: stores.audit,
      onAbsentNodes: ids =>
        fault(new OperatorReason(`budgets were rebuilt without nodes that do not reach Redis: ${ids.join(', ')}`)),
      outageAllowance: parseDollars(config.budgets.outageAllowance) ?? 0n,
      nodes,
      clock,
      observers,
      pseudonymOf: (projectId, endUser) => hash('end-users', `${projectId}\n${endUser}`),
      hashPrincipal: text => hash('receipt-principals', text),
      allowedOptions: Object.fromEntries(
        Object.values(wireProtocols).map(({ protocol, allowedOptions }) => [protocol, allowedOptions]),
      ),
    };
    const gate = createGate(parts);
    const administration: Administration | undefined =
      book === undefined
        ? undefined
        : {
            policies: administerPolicies({
              book,
              store: stores.policies,
              access: stores.access,
              ledger,
              clock,
              nodes,
              catalog: () => configured.catalog,
              enforceable: [...new Set(rules.map(({ kind }) => kind))],
              rules,
            }),
            audit: readAudit(stores.audit, stores.access),
            content: administerContent({ content: stores.content, audit: stores.audit, access: stores.access, clock }),
          };
    await startGatewayJobs(
      {
        gate,
        stores,
        opened,
        counters,
        nodes,
        keys,
        redis,
        clock,
        observers,
        events,
      },
      closing,
    );
    if (redis === undefined) opened.startShipping();
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
      get areCountersReachable() {
        return redis?.isConnected;
      },
      get ledgerBacklog() {
        return opened.backlog?.();
      },
      get isStoreUsable() {
        return stores.isUsable;
      },
      get hasUsableProvider() {
        return [...configured.providers.values()].some(({ hasCredential }) => hasCredential);
      },
      get credentialStates() {
        return credentialStates(configured, clock.monotonicMs());
      },
      access,
      ...(administration === undefined ? {} : { administration }),
      publicKeys: keys.publicKeys,
      recoveredAttempts,
      nodes,
      get policyVersion() {
        return book?.version;
      },
      ...(generatedAdministratorKey === undefined ? {} : { generatedAdministratorKey }),
      async reconfigure(next) {
        refuseFixedChanges(config, next);
        const tokens = createJwtVerifier({ issuers: next.jwtIssuers, clock });
        const replaced = configured;
        configured = await configureWith(next);
        access.replaceTokens(tokens);
        maxCompletions = next.overload.maxCompletions;
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

/** Each in its turn, and all of them, whatever one of them throws. */
async function closeAll(closing: readonly (() => Promise<void>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closing) await close().catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw new AggregateError(faults, 'Not everything could be closed.');
}

function todayOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10);
}
