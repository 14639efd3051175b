import type { ContentAction, Direction, EscalationRule } from '../model/policy.ts';
import type { PolicyRef } from '../model/route.ts';
import type { Detector } from './detector.ts';

/** One content rule, with the detectors that it names. */
export interface ContentDemand {
  readonly detectors: readonly Detector[];
  readonly action: ContentAction;
  readonly directions: readonly Direction[];
  /** What becomes of images, audio and files, which no detector can read. */
  readonly onUninspectable: 'BLOCK' | 'ALLOW';
  /** Further demands on the route once something was found. */
  readonly escalate?: EscalationRule;
}

/** A content demand with who makes it. */
export interface BoundContentDemand {
  readonly demand: ContentDemand;
  /** Absent where this server's own code demands it. */
  readonly policy?: PolicyRef;
  /** False under MONITOR: counted, and nothing is done. */
  readonly enforced: boolean;
}
