import { createFaultWindow } from './fault-window.ts';

/** How one call ended, as far as it tells of whom it called. All instants are of one monotonic clock, in milliseconds. */
export interface BreakerSample {
  readonly startedAt: number;
  /** When it ended. */
  readonly at: number;
  readonly isGood: boolean;
  /** How long it had said nothing, in milliseconds, when it was given up. Default 0. */
  readonly silentMs?: number;
  /** It was counted when it began to answer, by `answered` of its pass. */
  readonly hasAnswered?: boolean;
}

/** CLOSED lets all through, HALF_OPEN the next one as a probe, OPEN nobody. */
export type BreakerState = 'CLOSED' | 'HALF_OPEN' | 'OPEN';

/** Leave for one call. */
export interface BreakerPass {
  /** Whether everybody else is held back until it is known how this one ends. */
  readonly isProbe: boolean;
  /** The call has begun to answer: a stream may go on for long after. */
  answered(now: number): void;
  /** Gives it back, however the call ended; again does nothing. @param isGood Absent: it tells nothing. */
  release(now: number, isGood?: boolean): void;
}

/** Holds calls back from whoever fails, and finds out when that is over. */
export interface CircuitBreaker {
  state(now: number): BreakerState;
  /** When its state changes by itself, where it does. */
  readonly changesAt: number | undefined;
  readonly isClosed: boolean;
  /** Undefined: not now. Whoever calls all the same has its outcome counted. */
  admit(now: number): BreakerPass | undefined;
  /** @returns Whether it tells anything of how the endpoint is now: what began before it closed does not. */
  record(sample: BreakerSample): boolean;
  /** A probe elsewhere has begun to answer. */
  probeAnswered(startedAt: number, now: number): void;
}

/** Faults in a row that open it (Envoy, `consecutive_5xx`). */
const faultsInRowToOpen = 5;
/** So many samples at least (Hystrix, `circuitBreakerRequestVolumeThreshold`), of which this share were faults. */
const samplesToJudge = 20;
const faultShareToOpen = 0.5;
/** How long it stays open, and from one probe to the next: whoever recovers is to be used again within 30 s. */
export const openMs = 28_000;
/** Whoever opens again so soon after it closed has to prove itself by one more probe in a row. */
const relapseMs = 300_000;
const mostProbesNeeded = 5;

const plainPass: BreakerPass = { isProbe: false, answered() {}, release() {} };

/**
 * Opens after five faults in a row, or where half of at least twenty calls of ten seconds were faults. After 28 s one call at a
 * time is let through, at most every 28 s; once as many in a row have answered as are needed, it closes: one, and up to five
 * for whom it opens again and again within five minutes. A probe that tells nothing is followed by the next one at once.
 *
 * Reads no clock. Calls that began before it opened do not close it, those from before it closed do not open it.
 */
export function createCircuitBreaker(): CircuitBreaker {
  const window = createFaultWindow();
  let faultsInRow = 0;
  /** Absent while it is closed. */
  let openedAt: number | undefined;
  let nextProbeAt = 0;
  let probe: BreakerPass | undefined;
  /** From then on a probe that still has told nothing keeps nobody from the next one. */
  let probeStaleAt = 0;
  let goodInRow = 0;
  let goodNeeded = 1;
  let closedAt = Number.NEGATIVE_INFINITY;
  /** When the call began that closed it. */
  let trustedSince = Number.NEGATIVE_INFINITY;

  function open(at: number, silentMs: number): void {
    goodNeeded = at - closedAt < relapseMs ? Math.min(goodNeeded + 1, mostProbesNeeded) : 1;
    openedAt = at;
    // It may have come back since it fell silent.
    nextProbeAt = Math.max(at, at - silentMs + openMs);
    goodInRow = 0;
    faultsInRow = 0;
    window.clear();
  }

  function countGood(startedAt: number, now: number): void {
    if (openedAt === undefined || startedAt < openedAt) return;
    goodInRow += 1;
    if (goodInRow < goodNeeded) return;
    openedAt = undefined;
    closedAt = now;
    trustedSince = startedAt;
  }

  function startProbe(startedAt: number): BreakerPass {
    const pass: BreakerPass = {
      isProbe: true,
      answered(now) {
        if (probe !== pass) return;
        pass.release(now, true);
        countGood(startedAt, now);
      },
      release(now, isGood) {
        if (probe !== pass) return;
        probe = undefined;
        nextProbeAt = isGood === undefined ? now : Math.max(now, startedAt + openMs);
      },
    };
    return pass;
  }

  function state(now: number): BreakerState {
    if (openedAt === undefined) return 'CLOSED';
    return now >= (probe === undefined ? nextProbeAt : probeStaleAt) ? 'HALF_OPEN' : 'OPEN';
  }

  return {
    state,
    get isClosed() {
      return openedAt === undefined;
    },
    get changesAt() {
      if (openedAt === undefined) return undefined;
      return probe === undefined ? nextProbeAt : probeStaleAt;
    },
    admit(now) {
      const found = state(now);
      if (found === 'CLOSED') return plainPass;
      if (found === 'OPEN') return undefined;
      probe = startProbe(now);
      probeStaleAt = now + openMs;
      return probe;
    },
    record({ startedAt, at, isGood, silentMs = 0, hasAnswered = false }) {
      if (openedAt !== undefined) {
        if (startedAt < openedAt) return true;
        if (!isGood) goodInRow = 0;
        else if (!hasAnswered) countGood(startedAt, at);
        return true;
      }
      if (startedAt < trustedSince) return false;
      faultsInRow = isGood ? 0 : faultsInRow + 1;
      window.add(at, isGood);
      const { total, faults } = window.read(at);
      const isHalf = total >= samplesToJudge && faults >= total * faultShareToOpen;
      if (faultsInRow >= faultsInRowToOpen || (isHalf && !isGood)) open(at, silentMs);
      return true;
    },
    probeAnswered: countGood,
  };
}
