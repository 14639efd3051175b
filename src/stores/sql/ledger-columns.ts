import type { attemptRow, completionRow } from './ledger-rows.ts';

type CompletionRow = ReturnType<typeof completionRow>;
type AttemptRow = ReturnType<typeof attemptRow>;

const tokenColumns = [
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
] as const;
export const usageColumns = [...tokenColumns, 'cost'] as const;
export const outcomeColumns = [
  ...usageColumns,
  'cache_write_long_tokens',
  'is_estimated',
  'outcome',
  'status',
  'error',
  'duration_ms',
  'first_token_ms',
  'provider_cost',
] as const;
export const completionColumns = [
  'created_at',
  'id',
  'hour',
  'subject_key',
  'tenant_id',
  'project_id',
  'project_path',
  'api_key_id',
  'user_name',
  'workload',
  'labels_key',
  'entrance',
  'requested_model',
  'fallback_models',
  'labels',
  'features',
  'input_modalities',
  'estimated_input_tokens',
  'max_output_tokens',
  'routing',
  'route',
  'redactions',
  'completion_status',
  'facts_until',
] as const satisfies readonly (keyof CompletionRow)[];
export const attemptColumns = [
  'started_at',
  'id',
  'completion_id',
  'completion_created_at',
  'endpoint_id',
  'model_id',
  'provider_id',
  'vendor',
  'region',
  'price',
  ...tokenColumns,
  'cache_write_long_tokens',
  'cost',
  'is_estimated',
  'budgets_key',
] as const satisfies readonly (keyof AttemptRow)[];

export const subjectColumns = [
  'subject_key',
  'tenant_id',
  'project_id',
  'project_path',
  'api_key_id',
  'user_name',
  'workload',
  'labels_key',
] as const;
export const endpointColumns = ['model_id', 'provider_id', 'vendor', 'region'] as const;
