import { GatewayError } from '../../errors.ts';
import type { Label } from '../../model/completion-request.ts';
import type { NanoDollars } from '../../model/money.ts';
import type { TokenUsage } from '../../model/usage.ts';
import type { ClosedCompletion, OpenedAttempt, OpenedCompletion, SettledAttempt } from '../ledger-store.ts';
import { attemptSpan, isInAttemptSpan } from './attempt-window.ts';
import { digest, priceDocument } from './endpoint-version.ts';
import { toJsonOrNull, toMoneyJson } from './json.ts';
import { monthStart } from './months.ts';
import { uuidInstant } from './uuid-instant.ts';

export const hourMs = 3_600_000;
/** What one entry may cost: nine billion dollars. Sums are checked against it by the database. */
const costLimit = 9_000_000_000_000_000_000n;

/** Labels by name, rising; of equal names the last counts. */
export function canonicalLabels(labels: readonly Label[]): readonly Label[] {
  if (labels.length === 0) return labels;
  const byName = new Map(labels.map(label => [label.name, label]));
  return [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The instant of an id, which must be the one given: rows are found by both. */
export function checkedInstant(name: string, id: string, at: number): number {
  if (uuidInstant(id) !== at) throw new TypeError(`${name}: the id must be a UUIDv7 of that instant`);
  return at;
}

/** The row of a completion that begins. Throws a TypeError where its id, instant or counts are wrong. */
export function completionRow(completion: OpenedCompletion, labels: readonly Label[], route: string | null) {
  const createdAt = checkedInstant('createdAt', completion.id, completion.createdAt);
  const path = JSON.stringify(completion.projectPath);
  const labelsKey = labels.length === 0 ? '' : digest(JSON.stringify(labels.map(({ name, value }) => [name, value])));
  const { tenantId, projectId, apiKeyId = '', user = '', workload } = completion;
  return {
    created_at: createdAt,
    id: completion.id,
    hour: createdAt - (createdAt % hourMs),
    subject_key: digest(JSON.stringify([tenantId, projectId, path, apiKeyId, user, workload, labelsKey])),
    tenant_id: tenantId,
    project_id: projectId,
    project_path: path,
    api_key_id: apiKeyId,
    user_name: user,
    workload,
    labels_key: labelsKey,
    entrance: completion.entrance,
    requested_model: completion.requestedModel,
    fallback_models: JSON.stringify(completion.fallbackModels),
    labels: JSON.stringify(completion.labels),
    features: JSON.stringify(completion.features),
    input_modalities: JSON.stringify(completion.inputModalities),
    estimated_input_tokens: checkedCount('estimatedInputTokens', completion.estimatedInputTokens),
    max_output_tokens: checkedCount('maxOutputTokens', completion.maxOutputTokens),
    routing:
      completion.routing.maxPrice === undefined ? JSON.stringify(completion.routing) : toMoneyJson(completion.routing),
    route,
    redactions: JSON.stringify(completion.redactions),
    completion_status: 'RUNNING',
    facts_until: completion.factsUntil ?? null,
  };
}

/**
 * The row of an attempt that begins, with what a crash would book.
 *
 * @param budgetsKey Stands for the levels that it is counted against; empty: none.
 * @throws {TypeError} As `completionRow`.
 * @throws {GatewayError} STORE_UNAVAILABLE for a cost below nothing or beyond the ledger's range, and for an attempt more than
 * a day before its completion or a month behind it: nobody would find it.
 */
export function attemptRow(attempt: OpenedAttempt, budgetsKey: string) {
  const completionCreatedAt = uuidInstant(attempt.completionId);
  if (completionCreatedAt === undefined) throw new TypeError('completionId: must be a UUIDv7');
  const startedAt = checkedInstant('startedAt', attempt.id, attempt.startedAt);
  if (!isInAttemptSpan(startedAt, completionCreatedAt)) {
    throw new GatewayError('STORE_UNAVAILABLE', 'startedAt: too far from its completion; was the clock set?', {
      retryable: false,
    });
  }
  return {
    started_at: startedAt,
    id: attempt.id,
    completion_id: attempt.completionId,
    completion_created_at: completionCreatedAt,
    completion_month: monthStart(completionCreatedAt),
    endpoint_id: attempt.endpointId,
    model_id: attempt.modelId,
    provider_id: attempt.providerId,
    vendor: attempt.vendor,
    region: attempt.region ?? '',
    price: attempt.price === undefined ? null : priceDocument(attempt.price),
    budgets_key: budgetsKey,
    ...usageColumns('assumedOnCrash', attempt.assumedOnCrash),
  };
}

/** What settles an attempt. Throws as `attemptRow`. */
export function outcomeRow(attempt: SettledAttempt) {
  const completionCreatedAt = uuidInstant(attempt.completionId);
  if (completionCreatedAt === undefined) throw new TypeError('completionId: must be a UUIDv7');
  return {
    completion_month: monthStart(completionCreatedAt),
    started_at: checkedInstant('startedAt', attempt.id, attempt.startedAt),
    id: attempt.id,
    outcome: attempt.outcome,
    status: attempt.status ?? null,
    error: toJsonOrNull(attempt.error),
    duration_ms: attempt.durationMs,
    first_token_ms: attempt.firstTokenMs ?? null,
    provider_cost: attempt.providerCost === undefined ? null : checkedCost('providerCost', attempt.providerCost),
    corrected_at: attempt.startedAt + Math.max(0, Math.round(attempt.durationMs)),
    ...usageColumns('usage', attempt.usage),
  };
}

/** What ends a completion. Throws as `completionRow`. */
export function closingRow(completion: ClosedCompletion) {
  const createdAt = checkedInstant('createdAt', completion.id, completion.createdAt);
  const { from, before } = attemptSpan(createdAt);
  return {
    created_at: createdAt,
    id: completion.id,
    completion_month: monthStart(createdAt),
    attempts_from: from,
    attempts_before: before,
    completion_status: completion.status,
    error: toJsonOrNull(completion.error),
    endpoint_id: completion.endpointId ?? null,
    answering_endpoint_id: completion.endpointId ?? '',
    finish_reason: completion.finishReason ?? null,
    finished_at: completion.finishedAt,
    first_token_ms: completion.firstTokenMs ?? null,
    overhead_ms: completion.overheadMs,
    redactions: JSON.stringify(completion.redactions),
    receipt: completion.receipt ?? null,
  };
}

function usageColumns(name: string, usage: TokenUsage) {
  return {
    input_tokens: checkedCount(name, usage.inputTokens),
    output_tokens: checkedCount(name, usage.outputTokens),
    reasoning_tokens: checkedCount(name, usage.reasoningTokens),
    cached_input_tokens: checkedCount(name, usage.cachedInputTokens),
    cache_write_tokens: checkedCount(name, usage.cacheWriteTokens),
    cache_write_long_tokens: checkedCount(name, usage.cacheWriteLongTokens),
    cost: checkedCost(name, usage.cost),
    is_estimated: usage.estimated ? 1 : 0,
  };
}

function checkedCount(name: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new TypeError(`${name}: counts are whole numbers from 0`);
}

function checkedCost(name: string, cost: NanoDollars): NanoDollars {
  if (cost >= 0n && cost <= costLimit) return cost;
  throw new GatewayError('STORE_UNAVAILABLE', `${name}: a cost of less than nothing or beyond the ledger's range`, {
    retryable: false,
  });
}
