import type { Endpoint, Model, Provider } from '../model/catalog.ts';
import type { ExclusionCode, PolicyRef } from '../model/route.ts';

/** An endpoint with everything that a decision about it may look at. */
export interface EndpointFacts {
  readonly endpoint: Endpoint;
  readonly model: Model;
  /** With its data policy as it counts today: unknown once past its `validUntil`. */
  readonly provider: Provider;
}

/** Why a constraint rejects an endpoint; `detail` is for people: "us-east-1 is not in [eu]". */
export interface Rejection {
  readonly code: ExclusionCode;
  readonly detail: string;
}

/** How large a request is. */
export interface RequestSize {
  /** Estimated, leaning up. */
  readonly inputTokens: number;
  /** What the input can count at most: what costs are bounded by. Default: `inputTokens`. */
  readonly mostInputTokens?: number;
  /** What the provider is told at most. */
  readonly maxOutputTokens: number;
  /** Images, audio and files that the provider fetches itself, and whose size nobody knows before. Default: none. */
  readonly mediaByUrl?: number;
  /** What was counted for each image, recording and document that comes as data. Default: none. */
  readonly mediaTokens?: readonly number[];
}

/** A pure predicate over endpoints that a rule yields. Throwing counts as a rejection of every endpoint. */
export interface Constraint {
  /**
   * Every reason, not just the first; empty where the endpoint passes.
   *
   * @param size Absent where there is no request yet, as in a list of models.
   */
  rejects(facts: EndpointFacts, size?: RequestSize): readonly Rejection[];
  /** Whether the answer depends on `size`. Default false: it holds for every request. */
  readonly needsSize?: boolean;
}

/** A constraint with who demands it. */
export interface BoundConstraint {
  readonly constraint: Constraint;
  /** Absent where the caller, or this server's own code, demands it. */
  readonly policy?: PolicyRef;
  /** False under MONITOR: recorded, and excludes nothing. */
  readonly enforced: boolean;
}
