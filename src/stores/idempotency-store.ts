import type { CompletionStatus } from '../model/completion.ts';
import type { NanoDollars } from '../model/money.ts';

/** A request with an idempotency key that wants to run. Keyed hashes only: no word of the caller is in it. */
export interface IdempotencyClaim {
  /** Stands for the tenant, the project, the caller and the key that the caller chose. */
  readonly key: string;
  /** Stands for the input. */
  readonly input: string;
  /** What its completion is called if it runs. */
  readonly completionId: string;
  /** Whether others can follow its events in the StreamStore. */
  readonly isLogged: boolean;
  /** It waits for this completion: however that ended, it does not run in its place. */
  readonly waitsFor?: string;
}

/** How a completion with a key ended. */
export interface IdempotentEnd {
  readonly completionId: string;
  readonly status: CompletionStatus;
  readonly cost: NanoDollars;
}

export type ClaimAnswer =
  /** It may run, and holds the key. `replaced`: a completion whose holder is gone, and which nobody saw end. */
  | { readonly state: 'claimed'; readonly replaced?: string }
  /** The key is taken by other input. */
  | { readonly state: 'mismatch' }
  /** Another one runs, or may still. */
  | { readonly state: 'running'; readonly completionId: string; readonly isLogged: boolean }
  /** Another one has finished; or has ended at all, where the claim waits for that one. */
  | ({ readonly state: 'ended' } & IdempotentEnd);

/** What became of a claim that was to be held on to. */
export interface Renewal {
  /** Another holds the key now: what runs under it must end. */
  readonly isHeld: boolean;
  /** Whether somebody elsewhere waits for it just now. */
  readonly isAttended: boolean;
}

/**
 * Which completion runs, or has finished, under each idempotency key, for all nodes.
 *
 * A claim is held by a lease, so that the key of a node that died comes free; what ended is remembered for a day, and with
 * it the input, also where it did not finish. Each step can be repeated.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method: what was asked may have taken effect all the same.
 */
export interface IdempotencyStore {
  /** How long a claim holds without being renewed, in milliseconds. */
  readonly leaseMs: number;
  /** Claims, or says who has; whoever is told `running` counts as waiting for some seconds. One of several gets it. */
  claim(claim: IdempotencyClaim): Promise<ClaimAnswer>;
  /** Holds the key for another `leaseMs`, made anew where the store has lost it. */
  renew(claim: IdempotencyClaim): Promise<Renewal>;
  /** Notes how it ended, and lets go of the key; nothing where another one holds it. */
  end(claim: IdempotencyClaim, end: IdempotentEnd): Promise<void>;
  /** Forgets a claim under which nothing ran, the input too. */
  release(claim: IdempotencyClaim): Promise<void>;
}

/** Times of an IdempotencyStore, in milliseconds. */
export interface IdempotencyTimes {
  /** Default: 15,000. */
  readonly leaseMs?: number;
  /** How long what ended is remembered. Default: a day. */
  readonly keptMs?: number;
  /** How long one that asked counts as waiting. Default: 3,000. */
  readonly attendedMs?: number;
}

export const usualIdempotencyTimes: Required<IdempotencyTimes> = {
  leaseMs: 15_000,
  keptMs: 86_400_000,
  attendedMs: 3_000,
};
