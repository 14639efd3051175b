import type { Catalog } from '../catalog/catalog.ts';
import { badInput, GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Policy, RuleKind } from '../model/policy.ts';
import { actorOf, hasRole, isInstallationAdmin, type Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { LedgerStore } from '../stores/ledger-store.ts';
import type { PolicyStore } from '../stores/policy-store.ts';
import type { PolicyAdministration, PolicyDraft, PolicyResult } from './administration.ts';
import { checkDraft, draftWarnings } from './check-draft.ts';
import { listPolicies } from './list-policies.ts';
import { mergeRules } from './merge-patch.ts';
import type { Nodes } from './nodes.ts';
import type { PolicyBook } from './policy-book.ts';
import { policyChanges } from './policy-changes.ts';
import { judgeImpact } from './policy-impact.ts';
import { oversees, ownerOf, ownerPath, visiblePolicy } from './policy-rights.ts';
import { principalOfSubject } from './subject-principal.ts';
import { uuidV7 } from './uuid-v7.ts';

export interface PolicyAdministrationParts {
  readonly book: PolicyBook;
  readonly store: PolicyStore;
  readonly access: AccessStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly nodes: Pick<Nodes, 'rollOut'>;
  readonly catalog: () => Catalog;
  /** The kinds of rules that have an enforcer here. */
  readonly enforceable: readonly RuleKind[];
  /** What judges a draft against recorded requests. */
  readonly rules: Parameters<typeof judgeImpact>[0]['rules'];
}

/** Written in one installation: what is looked through for each caller. */
const mostPolicies = 5_000;

/** Makes what administers the policies of an installation. */
export function administerPolicies(parts: PolicyAdministrationParts): PolicyAdministration {
  const { book, store, access, clock, nodes, catalog, enforceable } = parts;

  // Another node may have written since this one looked, so that every answer begins with a look.

  /** A policy that the principal administers. NOT_FOUND before FORBIDDEN. */
  async function administered(by: Principal, id: string): Promise<Policy> {
    await book.refresh();
    const policy = book.policy(id);
    const visible = policy === undefined ? undefined : await visiblePolicy(access, by, policy);
    if (policy === undefined || visible === undefined) throw new GatewayError('NOT_FOUND', 'There is no such policy.');
    if (!hasRole(by, 'ADMIN', await ownerPath(access, policy))) {
      throw new GatewayError('FORBIDDEN', 'This needs the role ADMIN where the policy belongs.');
    }
    return policy;
  }

  async function actOn(by: Principal, action: string, policy: Policy) {
    const tenantId = (await ownerPath(access, policy)).at(-1);
    const { mode, appliesTo, rules, revision } = policy;
    return {
      actor: actorOf(by),
      action: `policy.${action}`,
      target: policy.id,
      change: plain({ revision, mode, appliesTo, rules }),
      ...(tenantId === undefined ? {} : { tenantId }),
    };
  }

  async function inForce(policy: Policy): Promise<PolicyResult> {
    return { policy, warnings: draftWarnings(policy.rules, catalog()), ...(await nodes.rollOut()) };
  }

  async function revise(by: Principal, before: Policy, draft: PolicyDraft, action: string): Promise<PolicyResult> {
    const checked = await checkDraft(access, draft, before.ownerId, enforceable);
    const { description: _before, ...kept } = before;
    const policy: Policy = {
      ...kept,
      ...checked,
      revision: before.revision + 1,
      updatedAt: clock.now(),
      updatedBy: actorOf(by),
    };
    await store.updatePolicy(policy, await actOn(by, action, policy));
    return await inForce(policy);
  }

  return {
    async create(by, draft) {
      if (book.policies.length >= mostPolicies) {
        throw new GatewayError('CONFLICT', `An installation has at most ${mostPolicies} policies.`);
      }
      const ownerId = await ownerOf(access, by, draft.appliesTo);
      const checked = await checkDraft(access, draft, ownerId, enforceable);
      const now = clock.now();
      const policy: Policy = {
        id: uuidV7(now),
        ...(ownerId === undefined ? {} : { ownerId }),
        ...checked,
        revision: 1,
        createdAt: now,
        updatedAt: now,
        updatedBy: actorOf(by),
      };
      await store.createPolicy(policy, await actOn(by, 'create', policy));
      return await inForce(policy);
    },

    async update(by, id, patch, expectedRevision) {
      const before = await administered(by, id);
      demandRevision(before, expectedRevision);
      const description = patch.description === undefined ? before.description : (patch.description ?? undefined);
      const draft: PolicyDraft = {
        name: patch.name ?? before.name,
        ...(description === undefined ? {} : { description }),
        mode: patch.mode ?? before.mode,
        appliesTo: patch.appliesTo ?? before.appliesTo,
        rules: patch.rules === undefined ? before.rules : mergeRules(before.rules, patch.rules),
      };
      return await revise(by, before, draft, 'update');
    },

    async delete(by, id, expectedRevision) {
      const policy = await administered(by, id);
      demandRevision(policy, expectedRevision);
      await store.deletePolicy(id, expectedRevision, await actOn(by, 'delete', policy));
      return { ...(await inForce(policy)), warnings: [] };
    },

    async restore(by, id, revision, expectedRevision) {
      const before = await administered(by, id);
      demandRevision(before, expectedRevision);
      const earlier = await store.revision(id, revision);
      if (earlier === undefined)
        throw new GatewayError('NOT_FOUND', 'There is no such revision.', { path: 'revision' });
      const { name, description } = before;
      const { mode, appliesTo, rules } = earlier;
      const draft = { name, mode, appliesTo, rules, ...(description === undefined ? {} : { description }) };
      return await revise(by, before, draft, 'restore');
    },

    async policies(by, ids) {
      await book.refresh();
      return await Promise.all(
        ids.map(async id => {
          const policy = book.policy(id);
          return policy === undefined ? undefined : await visiblePolicy(access, by, policy);
        }),
      );
    },

    async list(by, filter, page) {
      await book.refresh();
      return await listPolicies({ book, access }, by, filter, page);
    },

    async revisions(by, policyId, page) {
      await book.refresh();
      const policy = book.policy(policyId);
      if (policy === undefined || !(await oversees(access, by, policy))) {
        throw new GatewayError('NOT_FOUND', 'There is no such policy.');
      }
      return await store.listRevisions(policyId, page);
    },

    principalOf: (by, subject) => principalOfSubject(access, by, subject),

    async impact(by, draft, replaces, windowMs) {
      const replaced = replaces === undefined ? undefined : await administered(by, replaces);
      const ownerId = replaced?.ownerId ?? (await ownerOf(access, by, draft.appliesTo));
      const checked = await checkDraft(access, draft, ownerId, enforceable);
      const within = isInstallationAdmin(by) && ownerId === undefined ? undefined : [ownerId ?? ''];
      return await judgeImpact({ ...parts, draft: checked, within, replaces, windowMs });
    },

    changes: by => policyChanges({ book, access }, by),
  };
}

function demandRevision({ revision }: Policy, expected: number): void {
  if (!Number.isSafeInteger(expected) || expected < 1) throw badInput('expectedRevision', 'must be a number from 1 on');
  if (revision === expected) return;
  throw new GatewayError('CONFLICT', `The newest revision is ${revision}: read the policy again.`);
}

/** As JSON holds it: amounts of money are text. */
function plain(value: object): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? member.toString() : member));
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
