import { countedAs, inputSizeOf, inputSizes, streamsToKnow } from '../../routing/first-token.ts';
import { createSampleRing, quantile, type SampleRing } from './sample-ring.ts';

/** How long streams of one endpoint take until their first token, by the size of what they are given to read. */
export interface FirstTokenTimes {
  add(at: number, inputTokens: number, firstTokenMs: number | undefined, gaveUpAfterMs: number | undefined): void;
  /** Of the streams of about this input that were seen after `since`; undefined while few are known. */
  p99Ms(inputTokens: number, since: number, now: number): number | undefined;
}

interface SizeRecord {
  readonly ring: SampleRing;
  p99Ms: number | undefined;
  readAt: number;
}

const streamsKept = 128;
/** A reading is given out for so long. */
const readingMs = 1_000;

/** Makes the times of an endpoint of which nothing is known; takes room only for the sizes that there are. */
export function createFirstTokenTimes(): FirstTokenTimes {
  const sizes: (SizeRecord | undefined)[] = new Array(inputSizes).fill(undefined);

  return {
    add(at, inputTokens, firstTokenMs, gaveUpAfterMs) {
      const value = firstTokenMs ?? (gaveUpAfterMs === undefined ? undefined : countedAs(gaveUpAfterMs));
      if (value === undefined) return;
      const size = inputSizeOf(inputTokens);
      const record = sizes[size] ?? { ring: createSampleRing(streamsKept), p99Ms: undefined, readAt: Number.NaN };
      sizes[size] = record;
      record.ring.add(at, value);
    },
    p99Ms(inputTokens, since, now) {
      const record = sizes[inputSizeOf(inputTokens)];
      if (record === undefined) return undefined;
      if (now >= record.readAt && now < record.readAt + readingMs) return record.p99Ms;
      const sorted = record.ring.sorted(since);
      record.p99Ms = sorted.length < streamsToKnow ? undefined : quantile(sorted, 0.99);
      record.readAt = now;
      return record.p99Ms;
    },
  };
}
