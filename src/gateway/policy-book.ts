import { GatewayError } from '../errors.ts';
import { createBoundedMap } from '../model/bounded-map.ts';
import type { Clock } from '../model/clock.ts';
import type { Policy, PolicyContribution } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import { bindsPrincipal } from '../policy/binds.ts';
import type { PolicyStore } from '../stores/policy-store.ts';
import type { PolicySource } from './core.ts';
import type { Followed } from './nodes.ts';

/** All policies of the installation as this node has them in force. */
export interface PolicyBook extends PolicySource, Followed {
  /** In the order of their ids, which is that of their making. */
  readonly policies: readonly Policy[];
  policy(id: string): Policy | undefined;
  /**
   * Looks whether policies have changed, and brings them into force: after each write of this node, and whenever another
   * node may have written.
   */
  refresh(): Promise<void>;
  onChange(listener: (changed: readonly Policy[]) => void): () => void;
}

export interface PolicyBookOptions {
  readonly store: PolicyStore;
  readonly clock: Clock;
  /**
   * Where others write too: how long what is in force counts without a look at the store, in milliseconds. Afterwards
   * requests are refused. Absent: this node alone writes.
   */
  readonly confirmWithinMs?: number;
}

/** Callers with a workload whose policies are remembered; the ones unused for longest are found again when they come back. */
const rememberedCallers = 10_000;

/** Sets of revisions that bind somebody. */
const rememberedSets = 1_000;

/** Opens the policies of an installation. @throws {GatewayError} STORE_UNAVAILABLE. */
export async function openPolicyBook({ store, clock, confirmWithinMs }: PolicyBookOptions): Promise<PolicyBook> {
  const listeners = new Set<(changed: readonly Policy[]) => void>();
  const byRevisions = createBoundedMap<string, readonly PolicyContribution[]>(rememberedSets);
  let remembered = createBoundedMap<string, readonly PolicyContribution[]>(rememberedCallers);
  let confirmedMs = clock.monotonicMs();
  let { version, policies } = await store.snapshot();
  let byId = new Map(policies.map(policy => [policy.id, policy]));
  let refreshing: Promise<void> = Promise.resolve();

  /** One array for all whom the same revisions bind: what is compiled from it is compiled once. Revisions never change. */
  function shared(binding: readonly Policy[]): readonly PolicyContribution[] {
    const key = binding.map(({ id, revision }) => `${id} ${revision}`).join('\n');
    let contributions = byRevisions.get(key);
    if (contributions === undefined) {
      contributions = binding.map(({ id, ownerId, revision, mode, rules }) => ({
        policy: { policyId: id, revision },
        ...(ownerId === undefined ? {} : { ownerId }),
        mode,
        rules,
      }));
      byRevisions.set(key, contributions);
    }
    return contributions;
  }

  async function reload(): Promise<void> {
    const startedMs = clock.monotonicMs();
    const snapshot = (await store.version()) === version ? undefined : await store.snapshot();
    confirmedMs = startedMs;
    if (snapshot === undefined) return;
    const before = byId;
    ({ version, policies } = snapshot);
    byId = new Map(policies.map(policy => [policy.id, policy]));
    remembered = createBoundedMap(rememberedCallers);
    const changed = policies.filter(policy => before.get(policy.id)?.revision !== policy.revision);
    for (const listener of listeners) listener(changed);
  }

  function lastKnownFor(principal: Principal, workload: string): readonly PolicyContribution[] {
    const key = callerKey(principal, workload);
    let contributions = remembered.get(key);
    if (contributions === undefined) {
      contributions = shared(policies.filter(policy => bindsPrincipal(policy, principal, workload)));
      remembered.set(key, contributions);
    }
    return contributions;
  }

  return {
    get policies() {
      return policies;
    },
    get version() {
      return version;
    },
    get confirmedMs() {
      return confirmedMs;
    },
    policy: id => byId.get(id),
    refresh() {
      // One after the other: an older snapshot must not replace a newer one.
      const refreshed = refreshing.then(reload);
      refreshing = refreshed.catch(() => {});
      return refreshed;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    contributionsFor(principal, workload) {
      if (confirmWithinMs !== undefined && clock.monotonicMs() - confirmedMs > confirmWithinMs) {
        throw new GatewayError('STORE_UNAVAILABLE', 'This node cannot confirm which policies are in force.');
      }
      return lastKnownFor(principal, workload);
    },
    lastKnownFor,
  };
}

/** Everything that decides which policies bind. */
function callerKey({ projectPath, apiKeyId, user, roles, workloads }: Principal, workload: string): string {
  const grants = roles.map(({ role, projectId }) => [role, projectId ?? null]);
  return JSON.stringify([projectPath, apiKeyId ?? null, user ?? null, grants, workloads ?? null, workload]);
}
