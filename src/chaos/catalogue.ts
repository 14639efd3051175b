import { conduct } from './faults/conduct.ts';
import { cutStreams } from './faults/cut-streams.ts';
import { failures } from './faults/failures.ts';
import { oddEndings } from './faults/odd-endings.ts';
import { rateLimits } from './faults/rate-limits.ts';
import { refusals } from './faults/refusals.ts';
import { silence } from './faults/silence.ts';
import type { Scenario } from './scenario.ts';

/** All faults, in the order in which they are played: what takes an upstream out of use for long comes last. */
export const faultCatalogue: readonly Scenario[] = [
  ...refusals,
  ...oddEndings,
  ...cutStreams,
  ...failures,
  ...silence,
  ...rateLimits,
  ...conduct,
];
