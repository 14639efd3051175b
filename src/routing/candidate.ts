import type { Capability, Modality } from '../model/catalog.ts';
import type { EndpointHealth } from '../model/health.ts';
import type { NanoDollars } from '../model/money.ts';
import type { Exclusion } from '../model/route.ts';
import type { EndpointFacts } from '../policy/constraint.ts';

/** What a request asks of an endpoint. */
export interface RequestNeeds {
  /** Estimated, leaning up. */
  readonly inputTokens: number;
  /** As in `RequestSize`. */
  readonly mostInputTokens: number;
  /** As in `RequestSize`. */
  readonly mediaTokens: readonly number[];
  readonly maxOutputTokens: number;
  /** As in `RequestSize`. */
  readonly mediaByUrl: number;
  readonly inputModalities: readonly Modality[];
  /** Without these the request makes no sense at the endpoint. */
  readonly capabilities: readonly Capability[];
  /** Better there than not; demanded with `requireParameters` and by `auto`. */
  readonly wishes: readonly Capability[];
  /** The parameters that are set, by their names in CompleteInput. */
  readonly parameters: readonly string[];
  /** The protocols that `providerOptions` are written for; empty where there are none. */
  readonly optionProtocols: readonly string[];
}

/** An endpoint that is considered for a request, with what is known of it at this moment. */
export interface CandidateFacts extends EndpointFacts {
  /** 0 for the model asked for, 1 for the first fallback model, and so on. */
  readonly modelRank: number;
  readonly health: EndpointHealth;
  /** The provider's rate limit holds it back until then. */
  readonly coolingUntil?: number;
  readonly hasCredential: boolean;
  /** The provider has rejected all of its credentials lately. */
  readonly areCredentialsRejected?: boolean;
  /** Parameters that the provider's protocol has no place for. */
  readonly protocolLacks: readonly string[];
  /** Exclusions that others than the router found: policies, the caller's compliance demands. */
  readonly ruled: readonly Exclusion[];
}

/** What a call is expected to take at one endpoint. */
export interface Estimate {
  /** Absent where a price is unknown. */
  readonly cost?: NanoDollars;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  readonly outputTokens: number;
}
