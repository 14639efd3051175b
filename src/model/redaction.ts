import type { ContentAction, Direction } from './policy.ts';

/** What the content rules found and did; never the values. */
export interface Redaction {
  readonly kind: string;
  readonly action: ContentAction;
  readonly direction: Direction;
  readonly count: number;
  /** False under MONITOR: counted, and nothing was done. */
  readonly enforced: boolean;
}
