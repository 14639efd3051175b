import type { Endpoint, Provider } from './catalog.ts';
import type { NanoDollars } from './money.ts';
import type { Redaction } from './redaction.ts';

export type ExclusionCode =
  | 'REGION'
  | 'RETENTION'
  | 'TRAINING'
  | 'MODEL_ACCESS'
  | 'PROVIDER_ACCESS'
  | 'CONTENT_ESCALATION'
  | 'MAX_PRICE'
  | 'QUANTIZATION'
  | 'CONTEXT_LENGTH'
  | 'PARAMETERS'
  | 'MODALITY'
  | 'CONTINUATION'
  | 'BUDGET'
  | 'RATE_LIMIT'
  | 'UNHEALTHY'
  | 'CREDENTIALS'
  | 'CALLER_IGNORED'
  | 'CALLER_ONLY'
  | 'DEPRECATED'
  | 'UNKNOWN_PRICE';

/** A policy as a decision names it. */
export interface PolicyRef {
  readonly policyId: string;
  readonly revision: number;
}

/** Why an endpoint may not be used. */
export interface Exclusion {
  readonly code: ExclusionCode;
  readonly detail: string;
  /** Absent where the caller, the catalogue or the gateway itself excludes. */
  readonly policy?: PolicyRef;
  /** False under MONITOR: recorded, and excludes nothing. */
  readonly enforced: boolean;
}

export interface ExclusionCount {
  readonly code: ExclusionCode;
  readonly policy?: PolicyRef;
  readonly endpoints: number;
  /** Lifting this alone would leave an endpoint. */
  readonly decisive: boolean;
}

/** One part of a score, in nano-dollars; the lowest sum wins. */
export interface ScorePart {
  readonly name: string;
  readonly value: NanoDollars;
}

export type CandidateStatus = 'SELECTED' | 'FALLBACK' | 'OUTRANKED' | 'EXCLUDED';

export interface Candidate {
  readonly endpoint: Endpoint;
  /** As the decision saw it: with the region, and the data policy as it counted then. Absent in old records. */
  readonly provider?: Provider;
  readonly status: CandidateStatus;
  /** All reasons, not just the first; those of policies in MONITOR mode too. */
  readonly exclusions: readonly Exclusion[];
  readonly expectedCost?: NanoDollars;
  readonly score: readonly ScorePart[];
  /** The rank, from 1, that it would have had without its exclusions. */
  readonly wouldRank?: number;
}

/** How a request is, or would be, routed: by whom, in which order, and why not by the others. */
export interface RouteDecision {
  /** Best first; excluded ones last. */
  readonly candidates: readonly Candidate[];
  readonly policies: readonly PolicyRef[];
  readonly findings: readonly Redaction[];
  readonly workload: string;
}
