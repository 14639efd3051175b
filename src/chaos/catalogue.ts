import { cutStreams } from './faults/cut-streams.ts';
import { failures } from './faults/failures.ts';
import { leaving } from './faults/leaving.ts';
import { oddEndings } from './faults/odd-endings.ts';
import { hammering, recovery } from './faults/outages.ts';
import { rateLimits } from './faults/rate-limits.ts';
import { refusals } from './faults/refusals.ts';
import { rejectedKeys } from './faults/rejected-keys.ts';
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
  ...leaving,
  recovery,
  ...rejectedKeys,
  hammering,
];
