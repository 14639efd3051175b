import type { HandoffMode, HoldMode } from './completion-request.ts';

/** The words for what to do when a stream breaks, as headers and the configuration file write them. */
export const handoffModes = {
  terminate: 'TERMINATE',
  continue: 'CONTINUE',
  restart: 'RESTART',
} as const satisfies Readonly<Record<string, HandoffMode>>;

/** The words for whether a stream is delivered only once it is whole. */
export const holdModes = { none: 'NONE', complete: 'COMPLETE' } as const satisfies Readonly<Record<string, HoldMode>>;
