import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import { type CompletionRequest, defaultMaxCompletions } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import { exclusionsOf } from '../policy/evaluate.ts';
import { createRetryBudget } from '../routing/retry-budget.ts';
import type { UnbookedSettlement, UsageFilter } from '../stores/ledger-store.ts';
import { createSlots } from '../stream/slots.ts';
import { type BegunRun, beginRun, readerOf } from './begin-run.ts';
import { countedBudgets } from './budget-levels.ts';
import { type CancelAnswer, createCancelElsewhere } from './cancel-elsewhere.ts';
import { checkRequest } from './check-request.ts';
import type { GatewayParts, RunParts } from './core.ts';
import { auditDependency } from './dependency-audit.ts';
import { completionError } from './failure.ts';
import type { Gateway, RunOptions } from './gateway.ts';
import { inspectionFor } from './inspection-for.ts';
import { dayOf, knownEndpoint } from './known-endpoints.ts';
import { tellOverload } from './observe.ts';
import { withoutContent } from './outcome.ts';
import { evaluationFor, planRequest } from './plan-request.ts';
import { createReattaching } from './reattach.ts';
import { createRunOnce } from './run-once.ts';
import { startCounting } from './start-counting.ts';
import { openStatement } from './statement.ts';
import { visibleAmong, visibleFilter } from './visibility.ts';
import { createWriteRetries } from './write-retries.ts';

/** The gateway, with what only its owner may do. */
export interface Gate extends Gateway {
  /** Running completions. */
  readonly activeRuns: number;
  /** Outcomes that the ledger could not take yet. */
  readonly unbookedOutcomes: number;
  /** Takes part in rebuilding counters of budgets that were lost; on several nodes to be called each second. */
  rebuildBudgets(): Promise<void>;
  /** Tells the counters what an attempt of a process before this one has cost; changes nothing where they know it. */
  settleAgain(unbooked: UnbookedSettlement): Promise<unknown>;
  /** Whether this node holds the reservation of this attempt. */
  holdsReservation(attemptId: string): boolean;
  /** Whether this completion runs on this node. */
  isRunning(completionId: string): boolean;
  /** Refuses new runs, waits at most `finishMs` for the running ones, then ends the rest as incomplete, all booked. */
  drain(finishMs: number): Promise<void>;
}

/**
 * How long counters that are away are waited for at the end, in milliseconds: what they are not told of attempts that were never
 * called is booked by others at what was reserved.
 */
const mostFlushMs = 3_000;

/** What detached completions of one project may take of a node: who leaves them holds nothing for them, and others need the rest. */
const detachedShare = 1 / 5;

/** Makes the one gate between callers and models. */
export function createGate(parts: GatewayParts): Gate {
  const active = createSlots<BegunRun>();
  const { maxCompletions = () => defaultMaxCompletions } = parts;
  const retries = createWriteRetries(parts.clock);
  const counting = startCounting(parts);
  let isDraining = false;
  parts.policies.onChange?.(() => {
    for (const run of active.members()) run.recheck();
  });

  const runHere = (completionId: string) => active.members().find(({ run }) => run.id === completionId);
  const once = createRunOnce({
    commonRules: parts.rules.length,
    begin(own, principal, request, options, ...more) {
      refuseWhileDraining();
      refuseDetached(own, principal, options);
      return keep(beginRun(own, principal, request, options, ...more));
    },
  });
  const reattaching = createReattaching(runHere);

  function refuseWhileDraining(): void {
    if (isDraining) throw new GatewayError('SHUTTING_DOWN', 'This node is shutting down.', { retryAfterMs: 1000 });
  }

  /** Before anything is reserved, and anybody called. */
  function refuseOverload({ observers }: RunParts): void {
    if (active.size + once.waiting + reattaching.readers < maxCompletions()) return;
    tellOverload(observers);
    throw new GatewayError('OVERLOADED', 'This node runs as many completions as it takes.', { retryAfterMs: 1000 });
  }

  /** Those that are still read count too: they may all be left at once. */
  function refuseDetached({ observers }: RunParts, { projectId }: Principal, { detach = false }: RunOptions): void {
    if (!detach) return;
    const most = Math.max(1, Math.floor(maxCompletions() * detachedShare));
    const isCounted = (begun: BegunRun) => begun.isDetached && begun.principal.projectId === projectId;
    if (active.members().filter(isCounted).length < most) return;
    tellOverload(observers);
    throw new GatewayError('OVERLOADED', 'This node runs as many detached completions of the project as it takes.', {
      retryAfterMs: 1000,
    });
  }

  function admit(own: RunParts, principal: Principal, request: CompletionRequest): void {
    refuseWhileDraining();
    checkCredential(principal, own.clock.now());
    refuseOverload(own);
    checkRequest(principal, request, own.allowedOptions);
  }

  function keep(begun: BegunRun): BegunRun {
    void begun.ended.then(active.add(begun));
    return begun;
  }

  function gateOf(own: RunParts): Gate {
    return {
      get catalog() {
        return own.configured().catalog;
      },
      get activeRuns() {
        return active.size;
      },
      get unbookedOutcomes() {
        return retries.waiting;
      },
      run(principal, request, options) {
        admit(own, principal, request);
        refuseDetached(own, principal, options);
        return readerOf(keep(beginRun(own, principal, request, options)));
      },
      async runOnce(principal, request, options) {
        admit(own, principal, request);
        return await once.run(own, principal, request, options);
      },
      async reattach(principal, completionId, after = -1) {
        refuseWhileDraining();
        checkCredential(principal, own.clock.now());
        refuseOverload(own);
        return await reattaching.read(own, principal, completionId, after);
      },
      route(principal, request) {
        checkRequest(principal, request, own.allowedOptions);
        return planRequest(own, principal, request, hashOf(request)).decision;
      },
      async cancel(principal, completionId) {
        let answer = await cancelHere(own, principal, completionId);
        if (answer.state === 'unknown') answer = (await elsewhere?.cancel(principal, completionId)) ?? answer;
        if (answer.state === 'ended') return answer.completion;
        if (answer.state === 'unknown') {
          // One whose node is gone may still be taken for running.
          const [found] = await completions(own, principal, [completionId]);
          if (found !== undefined) return found;
          throw new GatewayError('NOT_FOUND', 'There is no such completion.');
        }
        throw new GatewayError('FORBIDDEN', 'Only who began it, or an administrator of its project, may stop it.');
      },
      completions: (principal, ids) => completions(own, principal, ids),
      async listCompletions(principal, filter, page) {
        return await own.ledger.listCompletions(await heldFilter(own, principal, filter), page);
      },
      async usage(principal, query) {
        return await own.ledger.usage({ ...query, filter: await heldFilter(own, principal, query.filter) });
      },
      statement: (principal, month) => openStatement(own, principal, month),
      dependencyAudit: (principal, windowMs) => auditDependency(own, principal, windowMs),
      exclusionsFor(principal) {
        const configured = own.configured();
        const { constraints } = evaluationFor(own, principal, 'default');
        const today = dayOf(own.clock.now());
        return endpoint => {
          const facts = knownEndpoint(configured, endpoint, today);
          const ruled = facts === undefined ? [] : exclusionsOf(facts, constraints);
          if (configured.providers.get(endpoint.providerId)?.hasCredential === true) return ruled;
          const detail = `no usable credential for ${endpoint.providerId} is configured`;
          return [...ruled, { code: 'CREDENTIALS', detail, enforced: true }];
        };
      },
      effectivePolicy(principal, workload = 'default') {
        const { contributions, unenforceable, budgets } = evaluationFor(own, principal, workload);
        return { contributions, unenforceable, budgets: countedBudgets(budgets, principal, own.clock.now()) };
      },
      contentInspection: principal => inspectionFor(own, principal),
      budgetStates: budgets => own.reservations.states(budgets.map(({ level }) => level)),
      health(endpointId) {
        const { catalog, providers } = own.configured();
        const endpoint = catalog.endpoint(endpointId);
        const names = endpoint === undefined ? [] : (providers.get(endpoint.providerId)?.credentials.names ?? []);
        return own.health.health(endpointId, names, own.clock.monotonicMs());
      },
      with: rule => gateOf({ ...own, rules: [...own.rules, rule] }),
      observedBy: observer => gateOf({ ...own, observers: [...own.observers, observer] }),
      rebuildBudgets: counting.rebuild.look,
      settleAgain: counting.settleAgain,
      holdsReservation: own.reservations.has,
      isRunning: completionId => runHere(completionId) !== undefined,
      drain,
    };
  }

  async function completions(own: RunParts, principal: Principal, ids: readonly string[]) {
    const running = new Map(active.members().map(({ run }) => [run.id, run]));
    const stored = await own.ledger.completions(ids.filter(id => !running.has(id)));
    const rest = stored.values();
    const found = ids.map(id => {
      const run = running.get(id);
      return run === undefined ? rest.next().value : run.snapshot();
    });
    const projectIds = found.flatMap(completion => (completion === undefined ? [] : [completion.projectId]));
    const visible = await visibleAmong(principal, projectIds, own.access);
    return found.map(completion => {
      return completion !== undefined && visible.has(completion.projectId) ? completion : undefined;
    });
  }

  /** `unknown`: it does not run here, and has not ended as far as this node knows, or this caller may not know of it. */
  async function cancelHere(own: RunParts, principal: Principal, completionId: string): Promise<CancelAnswer> {
    // Looked for first: one that ends meanwhile is returned as it ended.
    const begun = runHere(completionId);
    const [found] = await completions(own, principal, [completionId]);
    if (found === undefined) return { state: 'unknown' };
    if (begun === undefined)
      return found.status === 'RUNNING' ? { state: 'unknown' } : { state: 'ended', completion: found };
    if (!begun.run.mayBeStoppedBy(principal)) return { state: 'forbidden' };
    begun.run.stop(completionError('CANCELLED', 'The completion was cancelled.'));
    return { state: 'ended', completion: withoutContent(await begun.ended) };
  }

  async function drain(finishMs: number): Promise<void> {
    isDraining = true;
    const allEnded = () => Promise.all(active.members().map(run => run.ended));
    const { promise: timeUp, resolve } = Promise.withResolvers<void>();
    const cancelTimer = parts.clock.after(finishMs, resolve);
    await Promise.race([allEnded(), timeUp]);
    cancelTimer();
    const shuttingDown = completionError('SHUTTING_DOWN', 'This node is shutting down.');
    once.stopWaiting(shuttingDown);
    for (const { run } of active.members()) run.stop(shuttingDown);
    await allEnded();
    reattaching.stop();
    await parts.streams?.close();
    await Promise.all([retries.flush(), counting.reservations.flush(mostFlushMs)]);
    counting.reservations.close();
  }

  const { reservations, rateLimiting } = counting;
  const retryBudget = createRetryBudget(parts.clock.monotonicMs);
  const whole: RunParts = { ...parts, retries, reservations, rateLimiting, retryBudget };
  const { messages, nodes, clock } = parts;
  const elsewhere =
    messages === undefined
      ? undefined
      : createCancelElsewhere({
          messages,
          nodes,
          clock,
          cancelHere: (by, completionId) => cancelHere(whole, by, completionId),
        });
  return gateOf(whole);
}

/** What the principal may see, with the names that models had before they were joined, and aliases, read as `run` does. */
async function heldFilter(own: RunParts, principal: Principal, filter: UsageFilter): Promise<UsageFilter> {
  const held = await visibleFilter(principal, filter, own.access);
  if (held.modelIds === undefined) return held;
  const { catalog } = own.configured();
  return { ...held, modelIds: [...new Set(held.modelIds.flatMap(id => [id, catalog.resolve(id)?.modelId ?? id]))] };
}

/** A credential may have ended since it was read: while a body came in, or on a socket that is closing. */
function checkCredential({ revoked, expiresAt }: Principal, now: number): void {
  if (revoked?.aborted !== true && (expiresAt === undefined || expiresAt > now)) return;
  throw new GatewayError('UNAUTHENTICATED', 'The credential has expired or was revoked.');
}

/** The seed of `route`: the same input is routed the same way. */
function hashOf(request: CompletionRequest): string {
  const text = JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  return createHash('sha256').update(text).digest('hex');
}
