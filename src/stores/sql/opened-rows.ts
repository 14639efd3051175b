import type { Modality } from '../../model/catalog.ts';
import type { MaxPrice, RoutingPreferences } from '../../model/completion-request.ts';
import type { NanoDollars } from '../../model/money.ts';
import type { OpenedAttempt, OpenedCompletion } from '../ledger-store.ts';
import { parsePriceDocument } from './endpoint-version.ts';
import { fromJson } from './json.ts';
import type { SqlRow } from './sql-database.ts';

interface WrittenRouting extends Omit<RoutingPreferences, 'maxPrice'> {
  readonly maxPrice?: { readonly [Name in keyof MaxPrice]: string };
}

/** Reads the facts of a completion back from its row, without the decision. */
export function openedCompletionOf(row: SqlRow): OpenedCompletion {
  return {
    id: String(row.id),
    createdAt: Number(row.created_at),
    tenantId: String(row.tenant_id),
    projectId: String(row.project_id),
    projectPath: fromJson(row.project_path),
    entrance: String(row.entrance) as OpenedCompletion['entrance'],
    requestedModel: String(row.requested_model),
    fallbackModels: fromJson(row.fallback_models),
    workload: String(row.workload),
    labels: fromJson(row.labels),
    features: fromJson(row.features),
    inputModalities: fromJson<readonly Modality[]>(row.input_modalities),
    estimatedInputTokens: Number(row.estimated_input_tokens),
    maxOutputTokens: Number(row.max_output_tokens),
    routing: routingOf(fromJson(row.routing)),
    redactions: fromJson(row.redactions),
    ...(row.api_key_id === '' ? {} : { apiKeyId: String(row.api_key_id) }),
    ...(row.user_name === '' ? {} : { user: String(row.user_name) }),
    ...(row.facts_until === null ? {} : { factsUntil: Number(row.facts_until) }),
  };
}

/**
 * Reads the facts of an attempt back from its row.
 *
 * @param cost What it is booked at: as what is assumed where nobody else knows more.
 */
export function openedAttemptOf(
  row: SqlRow,
  cost: NanoDollars,
  budgets: NonNullable<OpenedAttempt['budgets']>,
): OpenedAttempt {
  return {
    id: String(row.id),
    completionId: String(row.completion_id),
    startedAt: Number(row.started_at),
    endpointId: String(row.endpoint_id),
    modelId: String(row.model_id),
    providerId: String(row.provider_id),
    vendor: String(row.vendor),
    assumedOnCrash: {
      inputTokens: Number(row.input_tokens),
      outputTokens: Number(row.output_tokens),
      reasoningTokens: Number(row.reasoning_tokens),
      cachedInputTokens: Number(row.cached_input_tokens),
      cacheWriteTokens: Number(row.cache_write_tokens),
      cacheWriteLongTokens: Number(row.cache_write_long_tokens),
      cost,
      estimated: true,
    },
    ...(row.region === '' ? {} : { region: String(row.region) }),
    ...(row.price === null ? {} : { price: parsePriceDocument(String(row.price)) }),
    ...(budgets.length === 0 ? {} : { budgets }),
  };
}

function routingOf({ maxPrice, ...routing }: WrittenRouting): RoutingPreferences {
  if (maxPrice === undefined) return routing;
  const amounts = Object.entries(maxPrice).map(([name, amount]) => [name, BigInt(String(amount))]);
  return { ...routing, maxPrice: Object.fromEntries(amounts) };
}
