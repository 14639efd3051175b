import type {
  Attempt,
  AttemptOutcome,
  Completion,
  CompletionError,
  CompletionStatus,
  FinishReason,
} from '../../model/completion.ts';
import { addUsage, noUsage, type TokenUsage } from '../../model/usage.ts';
import type { SeenEndpoint } from './endpoint-version.ts';
import { fromJson } from './json.ts';
import { readRoute } from './route-record.ts';
import type { SqlRow, SqlValue } from './sql-database.ts';

/** Rebuilds a completion from its row and those of its settled attempts; without the answer, which is never kept. */
export function completionOf(
  row: SqlRow,
  attemptRows: readonly SqlRow[],
  endpoints: ReadonlyMap<string, SeenEndpoint>,
): Completion {
  const attempts = attemptRows.map(attemptOf);
  const createdAt = Number(row.created_at);
  const finishedAt = row.finished_at === null ? undefined : Number(row.finished_at);
  return {
    id: String(row.id),
    tenantId: String(row.tenant_id),
    projectId: String(row.project_id),
    status: String(row.completion_status) as CompletionStatus,
    ...errorOf(row),
    ...present('endpointId', row.endpoint_id, String),
    ...present('finishReason', row.finish_reason, value => String(value) as FinishReason),
    usage: attempts.reduce((sum, attempt) => addUsage(sum, attempt.usage), noUsage),
    ...present('route', row.route, text => readRoute(String(text), endpoints)),
    attempts,
    redactions: fromJson<Completion['redactions']>(row.redactions),
    createdAt,
    ...(finishedAt === undefined
      ? {}
      : {
          finishedAt,
          timing: {
            ...present('firstTokenMs', row.first_token_ms, Number),
            totalMs: Math.max(0, finishedAt - createdAt),
            overheadMs: Number(row.overhead_ms ?? 0),
          },
        }),
    workload: String(row.workload),
    labels: fromJson<Completion['labels']>(row.labels),
    ...present('receipt', row.receipt, String),
  };
}

function attemptOf(row: SqlRow): Attempt {
  return {
    id: String(row.id),
    endpointId: String(row.endpoint_id),
    outcome: String(row.outcome) as AttemptOutcome,
    ...present('status', row.status, Number),
    ...errorOf(row),
    startedAt: Number(row.started_at),
    durationMs: Number(row.duration_ms),
    ...present('firstTokenMs', row.first_token_ms, Number),
    usage: usageOf(row),
  };
}

function usageOf(row: SqlRow): TokenUsage {
  return {
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    cacheWriteLongTokens: Number(row.cache_write_long_tokens),
    cost: typeof row.cost === 'bigint' ? row.cost : 0n,
    estimated: Number(row.is_estimated) === 1,
  };
}

function errorOf(row: SqlRow): { readonly error?: CompletionError } {
  return present('error', row.error, text => fromJson<CompletionError>(text));
}

function present<Name extends string, T>(
  name: Name,
  value: SqlValue | undefined,
  read: (value: SqlValue) => T,
): { readonly [Key in Name]?: T } {
  return (value === null || value === undefined ? {} : { [name]: read(value) }) as { readonly [Key in Name]?: T };
}
