import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';

/** The published keys of one issuer, as they were last fetched. */
export interface RemoteKeySet<Keys> {
  /**
   * The keys to check a token with. Fetched at the first use, and again in the background once they are ten minutes old.
   *
   * @throws {GatewayError} STORE_UNAVAILABLE where there are none, or none younger than a day.
   */
  current(): Promise<Keys>;
  /**
   * Newer keys, for a token whose key `seen` lacks; undefined where `seen` is the newest there is, fetched less than
   * 30 seconds ago.
   *
   * @throws {GatewayError} STORE_UNAVAILABLE where the issuer can not be asked now.
   */
  newerThan(seen: Keys): Promise<Keys | undefined>;
}

export interface RemoteKeySetOptions<Keys> {
  readonly uri: string;
  readonly clock: Clock;
  /** Reads a key set; throws where it is none. */
  readonly parse: (document: unknown) => Keys;
  /** Default: that of the platform. */
  readonly fetch?: typeof fetch;
}

const refetchAfterMs = 30_000;
const freshMs = 600_000;
const usableMs = 86_400_000;
const timeoutMs = 5_000;
const maxBytes = 1_048_576;

/** Fetches an issuer's keys: one request at a time, at most one in 30 seconds, bounded in time and size, no redirects. */
export function createRemoteKeySet<Keys>(options: RemoteKeySetOptions<Keys>): RemoteKeySet<Keys> {
  const { uri, clock, parse, fetch: send = fetch } = options;
  let known: { readonly keys: Keys; readonly fetchedAt: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;

  function isCoolingDown(): boolean {
    return clock.monotonicMs() - triedAt < refetchAfterMs;
  }

  function refetch(): Promise<void> {
    if (underWay !== undefined) return underWay;
    if (isCoolingDown()) return Promise.reject(unavailable());
    triedAt = clock.monotonicMs();
    underWay = fetchKeys().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  async function fetchKeys(): Promise<void> {
    const timeout = new AbortController();
    const cancelTimeout = clock.after(timeoutMs, () => timeout.abort());
    try {
      const response = await send(uri, {
        headers: { accept: 'application/jwk-set+json, application/json' },
        redirect: 'error',
        signal: timeout.signal,
      });
      known = { keys: parse(JSON.parse(await readBounded(response))), fetchedAt: clock.monotonicMs() };
    } catch (cause) {
      throw unavailable(cause);
    } finally {
      cancelTimeout();
    }
  }

  function unavailable(cause?: unknown): GatewayError {
    const retryAfterMs = Math.max(0, triedAt + refetchAfterMs - clock.monotonicMs());
    return new GatewayError('STORE_UNAVAILABLE', "The token's issuer can not be asked for its keys.", {
      cause,
      retryAfterMs,
    });
  }

  return {
    async current() {
      const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - known.fetchedAt;
      if (known === undefined || ageMs > usableMs) await refetch();
      // A failure leaves the keys that are there; the next use after the pause tries again.
      else if (ageMs > freshMs && !isCoolingDown()) refetch().catch(() => {});
      if (known === undefined) throw unavailable();
      return known.keys;
    },
    async newerThan(seen) {
      if (known !== undefined && known.keys !== seen) return known.keys;
      const isNewest = known !== undefined && clock.monotonicMs() - known.fetchedAt < refetchAfterMs;
      if (isNewest && underWay === undefined) return undefined;
      await refetch();
      return known?.keys;
    },
  };
}

async function readBounded(response: Response): Promise<string> {
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`key set: status ${response.status}`);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > maxBytes) throw new Error(`key set: more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
