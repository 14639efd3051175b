import { sql } from 'kysely';
import { GatewayError } from '../../errors.ts';
import type { BudgetRule, Policy, PolicyMode, PolicyRevision, PolicyRules, Subject } from '../../model/policy.ts';
import type { PolicyStore } from '../policy-store.ts';
import type { AuditChain } from './audit-chain.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { fromJson, toMoneyJson } from './json.ts';
import { checkPageSize, pageOf } from './page-of.ts';
import { demand, once } from './prepared.ts';
import type { SqlCall, SqlDatabase, SqlRow } from './sql-database.ts';

/** Policies and their revisions in a SQL database. */
export function sqlPolicyStore({ query, read }: SqlDatabase, chain: AuditChain): PolicyStore {
  const countChange = () =>
    once(query.updateTable('policy_version').set({ version: sql<bigint>`version + 1` }).where('one', '=', 1));

  async function rowsOf(call: SqlCall): Promise<readonly SqlRow[]> {
    return (await read([call], 'lookup'))[0] ?? [];
  }

  function insertRevision({ id, revision, updatedAt, updatedBy, mode, appliesTo, rules }: Policy): SqlCall {
    return once(
      query.insertInto('policy_revision').values({
        policy_id: id,
        revision,
        revised_at: updatedAt,
        revised_by: updatedBy,
        mode,
        applies_to: JSON.stringify(appliesTo),
        rules: toMoneyJson(rules),
      }),
    );
  }

  /** Fails, and all of its transaction with it, unless this is the newest revision. */
  function demandRevision(id: string, revision: number): SqlCall {
    return demand(
      query
        .selectFrom('policy')
        .select('id')
        .where('id', '=', id)
        .where('revision', '=', revision)
        .where('is_deleted', '=', 0),
    );
  }

  const newest = query
    .selectFrom('policy')
    .innerJoin('policy_revision as newest', join =>
      join.onRef('newest.policy_id', '=', 'policy.id').onRef('newest.revision', '=', 'policy.revision'),
    )
    .selectAll('policy')
    .select(['newest.revised_at', 'newest.revised_by', 'newest.mode', 'newest.applies_to', 'newest.rules'])
    .where('policy.is_deleted', '=', 0)
    .orderBy('policy.id');
  const version = query.selectFrom('policy_version').select('version');

  return {
    async version() {
      const [row] = await rowsOf(once(version));
      return Number(row?.version ?? 0);
    },
    async snapshot() {
      const [versions = [], rows = []] = await read([once(version), once(newest)], 'lookup');
      return { version: Number(versions[0]?.version ?? 0), policies: rows.map(policyOf) };
    },
    async createPolicy(policy, act) {
      const { id, ownerId, name, description, revision, createdAt } = policy;
      const insert = query.insertInto('policy').values({
        id,
        owner_id: ownerId ?? null,
        name,
        description: description ?? null,
        revision,
        created_at: createdAt,
        is_deleted: 0,
      });
      await chain.write([act], [once(insert), insertRevision(policy), countChange()]);
    },
    async updatePolicy(policy, act) {
      const { id, name, description, revision } = policy;
      const update = query
        .updateTable('policy')
        .set({ name, description: description ?? null, revision })
        .where('id', '=', id);
      const calls = [demandRevision(id, revision - 1), once(update), insertRevision(policy), countChange()];
      await chain.write([act], calls).catch(asNewer);
    },
    async deletePolicy(id, revision, act) {
      const remove = query.updateTable('policy').set({ is_deleted: 1 }).where('id', '=', id);
      await chain.write([act], [demandRevision(id, revision), once(remove), countChange()]).catch(asNewer);
    },
    async listRevisions(policyId, page) {
      const first = checkPageSize(page);
      let select = query
        .selectFrom('policy_revision')
        .selectAll()
        .where('policy_id', '=', policyId)
        .orderBy('revision', 'desc')
        .limit(first + 1);
      if (page.after !== undefined) {
        const [of, revision] = decodeCursor('policy-revisions', ['string', 'number'], page.after);
        select = select.where('policy_id', '=', String(of)).where('revision', '<', Number(revision));
      }
      return pageOf(await rowsOf(once(select)), first, row => {
        const node = revisionOf(row);
        return { cursor: encodeCursor('policy-revisions', [policyId, node.revision]), node };
      });
    },
    async revision(policyId, revision) {
      const select = query
        .selectFrom('policy_revision')
        .selectAll()
        .where('policy_id', '=', policyId)
        .where('revision', '=', revision);
      const [row] = await rowsOf(once(select));
      return row === undefined ? undefined : revisionOf(row);
    },
  };
}

function asNewer(fault: unknown): never {
  if (!(fault instanceof GatewayError) || fault.code !== 'CONFLICT') throw fault;
  throw new GatewayError('CONFLICT', 'The policy was changed or deleted meanwhile: read it again.', { cause: fault });
}

function policyOf(row: SqlRow): Policy {
  return {
    id: String(row.id),
    ...(row.owner_id === null ? {} : { ownerId: String(row.owner_id) }),
    name: String(row.name),
    ...(row.description === null ? {} : { description: String(row.description) }),
    ...settingsOf(row),
    revision: Number(row.revision),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.revised_at),
    updatedBy: String(row.revised_by),
  };
}

function revisionOf(row: SqlRow): PolicyRevision {
  return {
    policyId: String(row.policy_id),
    revision: Number(row.revision),
    at: Number(row.revised_at),
    by: String(row.revised_by),
    ...settingsOf(row),
  };
}

function settingsOf(row: SqlRow): Pick<Policy, 'mode' | 'appliesTo' | 'rules'> {
  return {
    mode: String(row.mode) as PolicyMode,
    appliesTo: fromJson<readonly Subject[]>(row.applies_to),
    rules: rulesOf(row.rules),
  };
}

/** Amounts of money are text in JSON. */
type StoredRules = Omit<PolicyRules, 'budgets' | 'limits'> & {
  readonly budgets?: readonly (Omit<BudgetRule, 'limit'> & { readonly limit: string })[];
  readonly limits?: Omit<NonNullable<PolicyRules['limits']>, 'maxCost'> & { readonly maxCost?: string };
};

function rulesOf(text: unknown): PolicyRules {
  const { budgets, limits, ...rules } = fromJson<StoredRules>(text);
  const { maxCost, ...otherLimits } = limits ?? {};
  return {
    ...rules,
    ...(budgets === undefined ? {} : { budgets: budgets.map(rule => ({ ...rule, limit: BigInt(rule.limit) })) }),
    ...(limits === undefined
      ? {}
      : { limits: { ...otherLimits, ...(maxCost === undefined ? {} : { maxCost: BigInt(maxCost) }) } }),
  };
}
