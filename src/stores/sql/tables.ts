import type { ContentHoldTable, ContentTable, IdempotencyKeyTable } from './kept-tables.ts';

/** A whole number: counts, and instants in milliseconds since the epoch. */
type Integer = number | bigint;
type NullableInteger = Integer | null;
/** Nano-dollars. */
type Nanos = bigint;
type Json = string;

interface UsageColumns {
  readonly input_tokens: Integer;
  readonly output_tokens: Integer;
  readonly reasoning_tokens: Integer;
  readonly cached_input_tokens: Integer;
  readonly cache_write_tokens: Integer;
  readonly cost: Nanos;
}

interface OutcomeColumns extends UsageColumns {
  readonly cache_write_long_tokens: Integer;
  readonly is_estimated: Integer;
  /** Null while it runs. */
  readonly outcome: string | null;
  readonly status: NullableInteger;
  readonly error: Json | null;
  readonly duration_ms: number | null;
  readonly first_token_ms: number | null;
  readonly provider_cost: Nanos | null;
}

/** Who a completion is booked to. Empty text stands for none, so that all of it can be part of a key. */
interface SubjectColumns {
  /** Stands for all the other members together. */
  readonly subject_key: string;
  readonly tenant_id: string;
  readonly project_id: string;
  /** See `project_lineage`. */
  readonly project_path: Json;
  readonly api_key_id: string;
  readonly user_name: string;
  readonly workload: string;
  /** See `label_entry`. */
  readonly labels_key: string;
}

interface CompletionTable extends SubjectColumns {
  readonly created_at: Integer;
  readonly id: string;
  readonly hour: Integer;
  readonly entrance: string;
  readonly requested_model: string;
  readonly fallback_models: Json;
  readonly labels: Json;
  readonly features: Json;
  readonly input_modalities: Json;
  readonly estimated_input_tokens: Integer;
  readonly max_output_tokens: Integer;
  readonly routing: Json;
  readonly route: Json | null;
  readonly redactions: Json;
  readonly completion_status: string;
  readonly error: Json | null;
  readonly endpoint_id: string | null;
  readonly finish_reason: string | null;
  readonly finished_at: NullableInteger;
  readonly first_token_ms: number | null;
  readonly overhead_ms: number | null;
  /** Purged afterwards; null: kept. */
  readonly facts_until: NullableInteger;
  readonly receipt: string | null;
}

/** Until an attempt is settled, its usage is what a crash would book. */
interface AttemptTable extends OutcomeColumns {
  readonly started_at: Integer;
  readonly id: string;
  readonly completion_id: string;
  readonly completion_created_at: Integer;
  readonly endpoint_id: string;
  readonly model_id: string;
  readonly provider_id: string;
  readonly vendor: string;
  readonly region: string;
  readonly price: Json | null;
  /** See `budget_entry`. */
  readonly budgets_key: string;
  /** 1 where it was booked as assumed, because nobody settled it. */
  readonly is_assumed: Integer;
  /** 1 on the attempt whose endpoint the completion counts for. */
  readonly is_counted: Integer;
  /** The number of the correction that holds; 0: none. */
  readonly correction: Integer;
}

interface AttemptCorrectionTable extends OutcomeColumns {
  readonly attempt_started_at: Integer;
  readonly attempt_id: string;
  readonly number: Integer;
  readonly corrected_at: Integer;
}

interface UsageHourTable extends SubjectColumns, UsageColumns {
  readonly hour: Integer;
  readonly model_id: string;
  readonly provider_id: string;
  readonly vendor: string;
  readonly region: string;
  readonly completion_status: string;
  readonly requests: Integer;
}

interface CoarseUsageTable
  extends UsageColumns,
    Pick<SubjectColumns, 'tenant_id' | 'project_id' | 'project_path'>,
    Pick<UsageHourTable, 'model_id' | 'provider_id' | 'vendor' | 'region' | 'completion_status' | 'requests'> {}

/** One level of a set that attempts are counted against. Empty text stands for a level across tenants. */
export interface BudgetEntryTable {
  /** Stands for the whole set; empty on attempts that are counted against none. */
  readonly budgets_key: string;
  readonly tenant_id: string;
  readonly budget_key: string;
  /** Null: never. */
  readonly resets_at: NullableInteger;
}

interface BudgetTotalTable {
  readonly tenant_id: string;
  readonly budget_key: string;
  readonly resets_at: NullableInteger;
  readonly cost: Nanos;
}

/** Ended by another node than the one that ran it, and not replaced yet by what its own journal says. */
interface AdoptedCompletionTable {
  readonly created_at: Integer;
  readonly id: string;
  readonly adopted_at: Integer;
}

/** Was booked and purged: a journal that still holds it must not bring it back. */
interface PurgedCompletionTable {
  readonly created_at: Integer;
  readonly id: string;
  readonly purged_at: Integer;
}

/** In a journal: what the shared ledger refuses to take. */
interface RefusedCompletionTable {
  readonly created_at: Integer;
  readonly id: string;
  readonly refused_at: Integer;
  readonly reason: string;
}

interface ProjectTable {
  readonly id: string;
  readonly name: string;
  readonly parent_id: string | null;
  readonly workloads: Json | null;
  readonly created_at: Integer;
}

interface ApiKeyTable {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly project_id: string;
  readonly role: string;
  readonly workloads: Json | null;
  readonly created_at: Integer;
  readonly expires_at: NullableInteger;
  readonly revoked_at: NullableInteger;
  readonly last_used_at: NullableInteger;
  readonly secret_hash: Uint8Array;
  /** See `access_version`. */
  readonly revoked_version: NullableInteger;
}

/** One process. Instants are on the database's own clock. */
interface NodeTable {
  readonly boot_id: string;
  readonly id: string;
  /** Empty until it listens. */
  readonly address: string;
  readonly started_at: Integer;
  readonly seen_at: Integer;
  readonly stopped_at: NullableInteger;
  /** What it has in force. */
  readonly policy_version: Integer;
  readonly access_version: Integer;
}

interface PolicyTable {
  readonly id: string;
  readonly owner_id: string | null;
  readonly name: string;
  readonly description: string | null;
  /** The newest. */
  readonly revision: Integer;
  readonly created_at: Integer;
  readonly is_deleted: Integer;
}

interface PolicyRevisionTable {
  readonly policy_id: string;
  readonly revision: Integer;
  readonly revised_at: Integer;
  readonly revised_by: string;
  readonly mode: string;
  readonly applies_to: Json;
  readonly rules: Json;
}

/** Empty text stands for an entry that belongs to no tenant. */
interface AuditEntryTable {
  readonly number: Integer;
  readonly id: string;
  readonly tenant_id: string;
  readonly occurred_at: Integer;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly change: Json;
  readonly previous_hash: string;
  readonly hash: string;
}

/** The tables of an installation, the same in every dialect. */
export interface Tables {
  readonly completion: CompletionTable;
  readonly attempt: AttemptTable;
  readonly attempt_correction: AttemptCorrectionTable;
  readonly usage_hour: UsageHourTable;
  /** The same amounts, less finely told apart. */
  readonly usage_day: CoarseUsageTable & { readonly day: Integer };
  /** The same, by calendar month in UTC. */
  readonly usage_month: CoarseUsageTable & { readonly month: Integer };
  /** Each project of a recorded path: what finds a project with all below it, as the tree was. */
  readonly project_lineage: { readonly project_path: Json; readonly ancestor_id: string };
  readonly label_entry: { readonly labels_key: string; readonly name: string; readonly value: string };
  readonly budget_entry: BudgetEntryTable;
  /** What the attempts of ended completions cost, on each level that they are counted against. */
  readonly budget_total: BudgetTotalTable;
  /** What the completions of an hour had come to that were purged since. */
  readonly purged_hour: UsageColumns & { readonly hour: Integer; readonly requests: Integer };
  readonly purged_budget: Pick<BudgetTotalTable, 'tenant_id' | 'budget_key' | 'cost'>;
  /** Endpoints with their providers as decisions saw them, once each, by a digest of the document. */
  readonly endpoint_version: { readonly key: string; readonly document: Json };
  readonly adopted_completion: AdoptedCompletionTable;
  readonly purged_completion: PurgedCompletionTable;
  readonly refused_completion: RefusedCompletionTable;
  readonly project: ProjectTable;
  readonly api_key: ApiKeyTable;
  /** One row: the number of the last change of any project or key. */
  readonly access_version: { readonly one: Integer; readonly version: Integer };
  readonly node: NodeTable;
  readonly policy: PolicyTable;
  readonly policy_revision: PolicyRevisionTable;
  /** One row: the number of the last change of any policy. */
  readonly policy_version: { readonly one: Integer; readonly version: Integer };
  readonly audit_entry: AuditEntryTable;
  readonly content: ContentTable;
  readonly content_hold: ContentHoldTable;
  readonly idempotency_key: IdempotencyKeyTable;
  readonly secret: { readonly name: string; readonly value: Uint8Array };
}
