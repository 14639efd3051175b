import { createBoundedMap } from '../../model/bounded-map.ts';
import type { EndpointHealth, HealthState } from '../../model/health.ts';
import type { HealthSample, HealthStore } from '../health-store.ts';
import { createSampleRing, quantile, type SampleRing } from './sample-ring.ts';

const windowMs = 300_000;
const bucketMs = 10_000;
const bucketCount = windowMs / bucketMs;
/** How long after a fault an outage counts as recent, and an open circuit breaker stays open. */
const recentOutageMs = 30_000;
/** Faults in a row that open the circuit breaker. */
const faultsToOpen = 5;
const healthyUptime = 0.9;
/** Figures per endpoint that the quantiles are taken from. */
const ringCapacity = 256;
/** A reading is given out for so long, unless a new sample comes or an outage ends. */
const readingMs = 250;

export interface MemoryHealthStoreOptions {
  /** Endpoints beyond so many push out the one unseen for longest. Default: 10,000. */
  readonly maxEndpoints?: number;
}

interface EndpointRecord {
  readonly good: Uint32Array;
  readonly bad: Uint32Array;
  /** The number of the period that each bucket counts: its time divided by `bucketMs`. */
  readonly periods: Float64Array;
  readonly firstTokens: SampleRing;
  readonly throughputs: SampleRing;
  faultsInRow: number;
  lastFaultAt: number;
  reading: EndpointHealth | undefined;
  readAt: number;
  readUntil: number;
}

const unknown: EndpointHealth = { state: 'UNKNOWN', hadRecentOutage: false };

/**
 * Health of endpoints as this process saw it, over five minutes in steps of ten seconds.
 *
 * OPEN from the fifth fault in a row until 30 s after the last one, then DEGRADED until an answer succeeds: a trial may
 * go there. DEGRADED too with an uptime below 0.9 or a fault in the last 30 s. UNKNOWN without traffic.
 */
export function memoryHealthStore(options: MemoryHealthStoreOptions = {}): HealthStore {
  const { maxEndpoints = 10_000 } = options;
  if (!Number.isSafeInteger(maxEndpoints) || maxEndpoints < 1) throw new TypeError('maxEndpoints: must be 1 or more');
  const records = createBoundedMap<string, EndpointRecord>(maxEndpoints);
  const coolDowns = createBoundedMap<string, number>(maxEndpoints);

  return {
    record(sample) {
      const record = records.peek(sample.endpointId) ?? createRecord();
      records.set(sample.endpointId, record);
      addSample(record, sample);
    },
    coolDown(endpointId, until) {
      coolDowns.set(endpointId, Math.max(until, coolDowns.peek(endpointId) ?? 0));
    },
    health(endpointId, now) {
      const record = records.peek(endpointId);
      if (record === undefined) return unknown;
      if (record.reading !== undefined && now >= record.readAt && now < record.readUntil) return record.reading;
      record.reading = readHealth(record, now);
      record.readAt = now;
      record.readUntil = now + readingMs;
      const outageEnd = record.lastFaultAt + recentOutageMs;
      if (outageEnd > now) record.readUntil = Math.min(record.readUntil, outageEnd);
      return record.reading;
    },
    coolingUntil(endpointId, now) {
      const until = coolDowns.peek(endpointId);
      if (until === undefined || until > now) return until;
      coolDowns.delete(endpointId);
      return undefined;
    },
  };
}

function createRecord(): EndpointRecord {
  return {
    good: new Uint32Array(bucketCount),
    bad: new Uint32Array(bucketCount),
    periods: new Float64Array(bucketCount).fill(-1),
    firstTokens: createSampleRing(ringCapacity),
    throughputs: createSampleRing(ringCapacity),
    faultsInRow: 0,
    lastFaultAt: Number.NEGATIVE_INFINITY,
    reading: undefined,
    readAt: 0,
    readUntil: 0,
  };
}

function addSample(record: EndpointRecord, sample: HealthSample): void {
  const { at, isGood, firstTokenMs, outputTokens, generationMs } = sample;
  const period = Math.floor(at / bucketMs);
  const bucket = period % bucketCount;
  if ((record.periods[bucket] ?? -1) < period) {
    record.periods[bucket] = period;
    record.good[bucket] = 0;
    record.bad[bucket] = 0;
  }
  if (record.periods[bucket] === period) {
    const counts = isGood ? record.good : record.bad;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  record.faultsInRow = isGood ? 0 : record.faultsInRow + 1;
  if (!isGood) record.lastFaultAt = Math.max(record.lastFaultAt, at);
  if (firstTokenMs !== undefined) record.firstTokens.add(at, firstTokenMs);
  if (outputTokens !== undefined && generationMs !== undefined && outputTokens > 0 && generationMs > 0) {
    record.throughputs.add(at, (outputTokens * 1000) / generationMs);
  }
  record.reading = undefined;
}

function readHealth(record: EndpointRecord, now: number): EndpointHealth {
  const oldest = Math.floor(now / bucketMs) - bucketCount;
  let good = 0;
  let bad = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    if ((record.periods[bucket] ?? -1) <= oldest) continue;
    good += record.good[bucket] ?? 0;
    bad += record.bad[bucket] ?? 0;
  }
  if (good + bad === 0) return unknown;
  const uptime = good / (good + bad);
  const hadRecentOutage = now - record.lastFaultAt < recentOutageMs;
  const firstTokens = record.firstTokens.sorted(now - windowMs);
  const firstTokenP50Ms = quantile(firstTokens, 0.5);
  const firstTokenP99Ms = quantile(firstTokens, 0.99);
  const throughput = quantile(record.throughputs.sorted(now - windowMs), 0.5);
  return {
    state: stateOf(record, uptime, hadRecentOutage),
    uptime,
    ...(firstTokenP50Ms === undefined ? {} : { firstTokenP50Ms }),
    ...(firstTokenP99Ms === undefined ? {} : { firstTokenP99Ms }),
    ...(throughput === undefined ? {} : { throughput }),
    hadRecentOutage,
  };
}

function stateOf(record: EndpointRecord, uptime: number, hadRecentOutage: boolean): HealthState {
  if (record.faultsInRow >= faultsToOpen) return hadRecentOutage ? 'OPEN' : 'DEGRADED';
  return hadRecentOutage || uptime < healthyUptime ? 'DEGRADED' : 'HEALTHY';
}
