import type { NanoDollars } from './money.ts';

export type Modality = 'TEXT' | 'IMAGE' | 'AUDIO' | 'VIDEO' | 'FILE';

/** PREFIX: accepts a last message of the assistant to go on from. */
export type Capability = 'TOOLS' | 'JSON_SCHEMA' | 'REASONING' | 'STREAMING' | 'PROMPT_CACHE' | 'PREFIX';

/** The wire protocols that a provider adapter exists for. */
export type Protocol = 'openai' | 'anthropic' | 'gemini';

/** How long a provider keeps prompts and answers. UNKNOWN counts as INDEFINITE. */
export type Retention = 'NONE' | 'SAFETY_ONLY' | 'LIMITED' | 'INDEFINITE' | 'UNKNOWN';

/** What an author released, whoever serves it. */
export interface Model {
  /** `author/name`. */
  readonly id: string;
  readonly name: string;
  readonly author: string;
  readonly description?: string;
  readonly contextTokens: number;
  readonly maxOutputTokens?: number;
  readonly inputModalities: readonly Modality[];
  readonly outputModalities: readonly Modality[];
  readonly capabilities: readonly Capability[];
  /** `2025-03` or `2025-03-31`. */
  readonly knowledgeCutoff?: string;
  readonly releasedAt?: string;
  /** As of the day that the catalogue was made. */
  readonly deprecated: boolean;
}

/** Nano-dollars per million tokens (`request`: per request). An absent member is unknown, never free. */
export interface Price {
  readonly input?: NanoDollars;
  readonly output?: NanoDollars;
  readonly cacheRead?: NanoDollars;
  readonly cacheWrite?: NanoDollars;
  /** For caches that live an hour. */
  readonly cacheWriteLong?: NanoDollars;
  readonly reasoning?: NanoDollars;
  readonly request?: NanoDollars;
  /** Prices that replace the ones above when the whole input exceeds `aboveInputTokens`, in rising order. */
  readonly tiers: readonly PriceTier[];
}

export interface PriceTier {
  readonly aboveInputTokens: number;
  readonly input?: NanoDollars;
  readonly output?: NanoDollars;
  readonly cacheRead?: NanoDollars;
  readonly cacheWrite?: NanoDollars;
}

/** What is known of how prompts are handled. */
export interface DataPolicy {
  readonly retention: Retention;
  /** With LIMITED. */
  readonly retentionDays?: number;
  /** Absent is unknown, which counts as true. */
  readonly training?: boolean;
  /** Where the fact comes from: a document, or the contract that an administrator named. */
  readonly evidence?: string;
  /** `YYYY-MM-DD`. */
  readonly checkedAt?: string;
  /** `YYYY-MM-DD`; after this day the policy counts as unknown. */
  readonly validUntil?: string;
}

/** Who serves models, under one account, region and wire protocol. */
export interface Provider {
  /** Lower-case letters, digits and dashes. */
  readonly id: string;
  readonly name: string;
  /** The company behind it: two providers of one vendor are one dependency. */
  readonly vendor: string;
  /** Absent where no adapter speaks its protocol; such a provider is listed and never called. */
  readonly protocol?: Protocol;
  readonly region?: string;
  /** ISO 3166 country code. */
  readonly headquarters?: string;
  readonly dataPolicy: DataPolicy;
  /** Whether generation goes on after the gateway hung up. Absent is unknown. */
  readonly billsAfterAbort?: boolean;
  /** Whether its models may use tools of its own, such as searching the web. Absent: they may not. */
  readonly allowServerTools?: boolean;
}

/** A model as one provider serves it: what a request is routed to. */
export interface Endpoint {
  /** `model@provider`, split at the last `@`; a variant follows after a slash: `meta/llama-3.3-70b@deepinfra/fp8`. */
  readonly id: string;
  readonly modelId: string;
  readonly providerId: string;
  /** The name that the provider knows the model by. */
  readonly wireModel: string;
  readonly price?: Price;
  readonly contextTokens: number;
  readonly maxOutputTokens?: number;
  /** The most tokens that one image, audio or file can count, whatever its size. */
  readonly maxMediaTokens?: number;
  readonly inputModalities: readonly Modality[];
  readonly capabilities: readonly Capability[];
  /** Request parameters it is known not to take, by their names in CompleteInput: `temperature`, `topK`. */
  readonly unsupportedParameters: readonly string[];
  readonly quantization?: string;
  /** Whether it uses tools of the provider by itself, such as searching the web. Absent: it is not known to. */
  readonly runsServerTools?: boolean;
  /** As of the day that the catalogue was made; `isDeprecatedOn` judges by the day of a request. */
  readonly deprecated: boolean;
  /** `YYYY-MM-DD`: the announced day from which on it is deprecated. */
  readonly deprecatedFrom?: string;
}

/** The parts of an endpoint's id. */
export function splitEndpointId(id: string): { readonly modelId: string; readonly providerId: string } | undefined {
  const at = id.lastIndexOf('@');
  if (at <= 0 || at === id.length - 1) return undefined;
  const serving = id.slice(at + 1);
  const slash = serving.indexOf('/');
  return { modelId: id.slice(0, at), providerId: slash === -1 ? serving : serving.slice(0, slash) };
}

export const unknownDataPolicy: DataPolicy = { retention: 'UNKNOWN' };

/** The policy as it counts on `today` (`YYYY-MM-DD`): unknown once its `validUntil` has passed. */
export function dataPolicyOn(policy: DataPolicy, today: string): DataPolicy {
  return policy.validUntil !== undefined && policy.validUntil < today ? unknownDataPolicy : policy;
}

/** Whether the endpoint is deprecated on `today` (`YYYY-MM-DD`): at once, or since its announced day has come. */
export function isDeprecatedOn(endpoint: Pick<Endpoint, 'deprecated' | 'deprecatedFrom'>, today: string): boolean {
  return endpoint.deprecated || (endpoint.deprecatedFrom !== undefined && endpoint.deprecatedFrom <= today);
}
