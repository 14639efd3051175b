import { createBoundedMap } from '../../model/bounded-map.ts';
import type { EndpointHealth, HealthState } from '../../model/health.ts';
import { type BreakerState, type CircuitBreaker, openMs } from '../../routing/circuit-breaker.ts';
import { type CountedSteps, createCountedSteps } from '../../routing/counted-steps.ts';
import type { HealthSample, LocalHealthStore } from '../health-store.ts';
import { type CredentialRecord, coolDown, createCredentialRecords, endCoolDown } from './credential-records.ts';
import { createFirstTokenTimes, type FirstTokenTimes } from './first-token-times.ts';
import { createSampleRing, quantile, type SampleRing } from './sample-ring.ts';

const windowMs = 300_000;
const stepMs = 10_000;
/** How long after a fault an outage counts as recent: as long as a breaker that it opened would stay open. */
const recentOutageMs = openMs;
const healthyUptime = 0.9;
/** Figures per endpoint that the quantiles are taken from. */
const ringCapacity = 256;
/** A reading is given out for so long, unless a new sample comes or a breaker may change. */
const readingMs = 250;

export interface MemoryHealthStoreOptions {
  /** Endpoints beyond so many push out the one unseen for longest. Default: 10,000. */
  readonly maxEndpoints?: number;
}

interface EndpointRecord {
  readonly calls: CountedSteps<'good' | 'bad'>;
  readonly firstTokens: SampleRing;
  readonly throughputs: SampleRing;
  readonly firstTokenTimes: FirstTokenTimes;
  readonly credentials: ReturnType<typeof createCredentialRecords>;
  lastFaultAt: number;
  reading: EndpointHealth | undefined;
  /** Whose reading it is. */
  readFor: readonly string[] | undefined;
  readAt: number;
  readUntil: number;
}

const unknown: EndpointHealth = { state: 'UNKNOWN', hadRecentOutage: false };

/**
 * Health of endpoints as this process saw it or was told, over five minutes in steps of ten seconds.
 *
 * OPEN while the circuit breaker of every credential lets nobody through. DEGRADED while a probe may go there, with an uptime
 * below 0.9, or a fault in the last 28 s. UNKNOWN without traffic.
 */
export function memoryHealthStore(options: MemoryHealthStoreOptions = {}): LocalHealthStore {
  const { maxEndpoints = 10_000 } = options;
  if (!Number.isSafeInteger(maxEndpoints) || maxEndpoints < 1) throw new TypeError('maxEndpoints: must be 1 or more');
  const records = createBoundedMap<string, EndpointRecord>(maxEndpoints);

  function recordOf(endpointId: string): EndpointRecord {
    const record = records.peek(endpointId) ?? createRecord();
    records.set(endpointId, record);
    return record;
  }

  function known(endpointId: string, credential: string): CredentialRecord | undefined {
    return records.peek(endpointId)?.credentials.peek(credential);
  }

  return {
    record(sample) {
      addSample(recordOf(sample.endpointId), sample);
    },
    coolDown: (endpointId, credential, now, forMs) =>
      coolDown(recordOf(endpointId).credentials.of(credential), now, forMs),
    coolingUntil(endpointId, credential, now) {
      const until = known(endpointId, credential)?.coolDown?.until;
      return until !== undefined && until > now ? until : undefined;
    },
    admit(endpointId, credential, now) {
      const record = recordOf(endpointId);
      const { breaker } = record.credentials.of(credential);
      const pass = breaker.admit(now);
      if (pass?.isProbe !== true) return pass;
      record.reading = undefined;
      return {
        isProbe: true,
        answered(at) {
          pass.answered(at);
          noteChange(record, breaker, 'HALF_OPEN');
        },
        release(at, isGood) {
          pass.release(at, isGood);
          record.reading = undefined;
        },
      };
    },
    probeAnswered(endpointId, credential, startedAt, now) {
      const record = recordOf(endpointId);
      const { breaker } = record.credentials.of(credential);
      const before = breaker.state(now);
      breaker.probeAnswered(startedAt, now);
      noteChange(record, breaker, before);
    },
    health(endpointId, credentials, now) {
      const record = records.peek(endpointId);
      if (record === undefined) return unknown;
      const isRecent = now >= record.readAt && now < record.readUntil && record.readFor === credentials;
      if (record.reading !== undefined && isRecent) return record.reading;
      const standing = standingOf(record, credentials, now);
      record.reading = readHealth(record, standing.state, now);
      record.readFor = credentials;
      record.readAt = now;
      record.readUntil = Math.min(
        now + readingMs,
        standing.changesAt,
        nextAfter(now, record.lastFaultAt + recentOutageMs),
      );
      return record.reading;
    },
    firstTokenP99Ms: (endpointId, inputTokens, now) =>
      records.peek(endpointId)?.firstTokenTimes.p99Ms(inputTokens, now - windowMs, now),
  };
}

function createRecord(): EndpointRecord {
  return {
    calls: createCountedSteps({ kinds: ['good', 'bad'], stepMs, steps: windowMs / stepMs }),
    firstTokens: createSampleRing(ringCapacity),
    throughputs: createSampleRing(ringCapacity),
    firstTokenTimes: createFirstTokenTimes(),
    credentials: createCredentialRecords(),
    lastFaultAt: Number.NEGATIVE_INFINITY,
    reading: undefined,
    readFor: undefined,
    readAt: 0,
    readUntil: 0,
  };
}

function addSample(record: EndpointRecord, sample: HealthSample): void {
  const { at, startedAt = at, isGood, silentMs = 0, mayHaveWorked = false } = sample;
  const { firstTokenMs, inputTokens, gaveUpAfterMs, outputTokens, generationMs } = sample;
  record.calls.add(isGood ? 'good' : 'bad', at);
  const credential = record.credentials.of(sample.credential);
  const { breaker } = credential;
  const before = breaker.state(at);
  const isNews = breaker.record({ ...sample, startedAt });
  if (!isGood && isNews && !mayHaveWorked) record.lastFaultAt = Math.max(record.lastFaultAt, at - silentMs);
  noteChange(record, breaker, before);
  if (isGood) endCoolDown(credential, startedAt);
  if (firstTokenMs !== undefined) record.firstTokens.add(at, firstTokenMs);
  if (inputTokens !== undefined) record.firstTokenTimes.add(at, inputTokens, firstTokenMs, gaveUpAfterMs);
  if (outputTokens !== undefined && generationMs !== undefined && outputTokens > 0 && generationMs > 0) {
    record.throughputs.add(at, (outputTokens * 1000) / generationMs);
  }
  record.reading = undefined;
}

/** Who has proved to be back is no longer passed over for the faults before. */
function noteChange(record: EndpointRecord, breaker: CircuitBreaker, before: BreakerState): void {
  if (before !== 'CLOSED' && breaker.isClosed) record.lastFaultAt = Number.NEGATIVE_INFINITY;
  record.reading = undefined;
}

/** The best that one of these credentials has to offer, and when that changes by itself. */
function standingOf(
  record: EndpointRecord,
  credentials: readonly string[],
  now: number,
): { readonly state: BreakerState; readonly changesAt: number } {
  let isProbeDue = false;
  let changesAt = Number.POSITIVE_INFINITY;
  for (const credential of credentials) {
    const breaker = record.credentials.peek(credential)?.breaker;
    const state = breaker?.state(now) ?? 'CLOSED';
    if (state === 'CLOSED') return { state, changesAt: Number.POSITIVE_INFINITY };
    isProbeDue ||= state === 'HALF_OPEN';
    changesAt = Math.min(changesAt, nextAfter(now, breaker?.changesAt));
  }
  return { state: credentials.length === 0 ? 'CLOSED' : isProbeDue ? 'HALF_OPEN' : 'OPEN', changesAt };
}

function nextAfter(now: number, instant = Number.POSITIVE_INFINITY): number {
  return instant > now ? instant : Number.POSITIVE_INFINITY;
}

function readHealth(record: EndpointRecord, standing: BreakerState, now: number): EndpointHealth {
  const good = record.calls.sum('good', now);
  const bad = record.calls.sum('bad', now);
  if (good + bad === 0) return unknown;
  const uptime = good / (good + bad);
  // Whoever is due for a probe takes its usual place, or nobody would ever go there.
  const hadRecentOutage = standing !== 'HALF_OPEN' && now - record.lastFaultAt < recentOutageMs;
  const firstTokens = record.firstTokens.sorted(now - windowMs);
  const firstTokenP50Ms = quantile(firstTokens, 0.5);
  const firstTokenP99Ms = quantile(firstTokens, 0.99);
  const throughput = quantile(record.throughputs.sorted(now - windowMs), 0.5);
  return {
    state: stateOf(standing, hadRecentOutage || uptime < healthyUptime),
    uptime,
    ...(firstTokenP50Ms === undefined ? {} : { firstTokenP50Ms }),
    ...(firstTokenP99Ms === undefined ? {} : { firstTokenP99Ms }),
    ...(throughput === undefined ? {} : { throughput }),
    hadRecentOutage,
  };
}

function stateOf(standing: BreakerState, isFlawed: boolean): HealthState {
  if (standing === 'OPEN') return 'OPEN';
  return isFlawed || standing === 'HALF_OPEN' ? 'DEGRADED' : 'HEALTHY';
}
