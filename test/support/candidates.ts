import type { Endpoint, Model, Provider } from '../../src/model/catalog.ts';
import type { RoutingPreferences } from '../../src/model/completion-request.ts';
import type { EndpointHealth } from '../../src/model/health.ts';
import { nanoDollarsFromNumber } from '../../src/model/money.ts';
import type { CandidateFacts, RequestNeeds } from '../../src/routing/candidate.ts';
import type { PlanContext } from '../../src/routing/plan.ts';
import { strategies } from '../../src/routing/strategies/index.ts';

export const noPreferences: RoutingPreferences = {
  optimize: 'BALANCED',
  order: [],
  ignore: [],
  allowFallbacks: true,
  requireParameters: false,
  zeroDataRetention: false,
  denyTraining: false,
};

export const plainNeeds: RequestNeeds = {
  inputTokens: 100,
  mostInputTokens: 100,
  mediaTokens: [],
  mediaByUrl: 0,
  maxOutputTokens: 100,
  inputModalities: ['TEXT'],
  capabilities: [],
  wishes: [],
  parameters: [],
  optionProtocols: [],
};

const untried: EndpointHealth = { state: 'UNKNOWN', hadRecentOutage: false };

export interface CandidateSketch {
  readonly provider?: Partial<Provider>;
  readonly endpoint?: Partial<Endpoint>;
  readonly facts?: Partial<CandidateFacts>;
  /** Dollars per million tokens, in and out. */
  readonly dollars?: number;
}

/** A candidate that passes everything, with what the test names changed. */
export function candidate(
  providerId: string,
  { provider, endpoint, facts, dollars = 1 }: CandidateSketch = {},
): CandidateFacts {
  const unit = nanoDollarsFromNumber(dollars);
  const model: Model = {
    id: endpoint?.modelId ?? 'acme/one',
    name: 'One',
    author: 'acme',
    contextTokens: 100_000,
    inputModalities: ['TEXT'],
    outputModalities: ['TEXT'],
    capabilities: ['STREAMING'],
    deprecated: false,
  };
  return {
    model,
    provider: {
      id: providerId,
      name: providerId,
      vendor: providerId,
      protocol: 'openai',
      dataPolicy: { retention: 'UNKNOWN' },
      ...provider,
    },
    endpoint: {
      id: `${model.id}@${providerId}`,
      modelId: model.id,
      providerId,
      wireModel: 'one',
      price: { input: unit, output: unit, tiers: [] },
      contextTokens: 100_000,
      inputModalities: ['TEXT'],
      capabilities: ['STREAMING', 'TOOLS'],
      unsupportedParameters: [],
      deprecated: false,
      ...endpoint,
    },
    modelRank: 0,
    health: untried,
    hasCredential: true,
    protocolLacks: [],
    ruled: [],
    ...facts,
  };
}

export function planContext(changes: Partial<PlanContext> = {}): PlanContext {
  return {
    needs: plainNeeds,
    preferences: noPreferences,
    strategy: strategies.COST,
    isAuto: false,
    now: 1_000_000,
    today: '2026-11-22',
    seed: 'seed',
    ...changes,
  };
}
