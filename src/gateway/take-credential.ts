import type { Endpoint } from '../model/catalog.ts';
import type { ProviderAdapter } from '../providers/provider.ts';
import type { BreakerPass } from '../routing/circuit-breaker.ts';
import type { Credential } from '../routing/credential-pool.ts';
import type { AttemptEnd } from './attempt.ts';
import type { ConfiguredProvider, RunParts } from './core.ts';
import { type CallFacts, type RecordParts, recordCall } from './record-call.ts';

/** A credential, and the leave of its circuit breaker, for one attempt. */
export interface HeldCredential {
  /** Never the key nor a part of it. */
  readonly name: string;
  readonly adapter: ProviderAdapter;
  /** Whether it was taken as a last resort, though it is held back. */
  readonly isForced: boolean;
  /** The endpoint has begun to answer. */
  answered(): void;
  /** The call has ended: records what it showed, and gives back both. */
  ended(end: AttemptEnd, call: CallFacts): void;
  /** Gives back both where nobody was called; after `ended` it does nothing. */
  release(): void;
}

/** Why none of an endpoint's credentials is to be used now. */
export interface NoCredential {
  /**
   * REJECTED: this run has seen all of them rejected. COOLING: rate limits hold back those that are left. HELD_BACK: circuit
   * breakers do, or earlier rejections; `isLastResort` may take one all the same.
   */
  readonly reason: 'REJECTED' | 'COOLING' | 'HELD_BACK';
}

export interface TakeOptions {
  /** Names of those that were rejected in this run; they are not tried again in it. */
  readonly rejected: ReadonlySet<string>;
  /** There is nobody else to call: takes also one whose circuit breaker is open, or that was rejected in another run. */
  readonly isLastResort?: boolean;
}

/**
 * Chooses the credential of the next attempt at an endpoint and holds it: the one with the fewest calls under way, in turn.
 *
 * Passes over those that cool down there, those that were rejected lately, and those whose circuit breaker lets nobody through.
 */
export function takeCredential(
  parts: RecordParts & Pick<RunParts, 'health'>,
  endpoint: Endpoint,
  provider: ConfiguredProvider,
  { rejected, isLastResort = false }: TakeOptions,
): HeldCredential | NoCredential {
  const { clock, health } = parts;
  const { credentials } = provider;
  const now = clock.monotonicMs();
  /** Whose breaker has refused just now. */
  let refused: Set<string> | undefined;

  const isLeft = ({ name, use }: Credential<ProviderAdapter>) => use.hasCredential && !rejected.has(name);
  const isCooling = ({ name }: Credential<ProviderAdapter>) =>
    health.coolingUntil(endpoint.id, name, now) !== undefined;
  const isResting = ({ name }: Credential<ProviderAdapter>) => credentials.isResting(name, endpoint.id, now);

  for (;;) {
    const chosen = credentials.choose(
      one => isLeft(one) && refused?.has(one.name) !== true && !isResting(one) && !isCooling(one),
    );
    if (chosen === undefined) break;
    const pass = health.admit(endpoint.id, chosen.name, now);
    if (pass !== undefined) return hold(parts, endpoint, provider, chosen, pass);
    refused ??= new Set();
    refused.add(chosen.name);
  }
  if (isLastResort) {
    const last =
      credentials.choose(one => isLeft(one) && !isResting(one) && !isCooling(one)) ??
      credentials.choose(one => isLeft(one) && !isCooling(one));
    if (last !== undefined) return hold(parts, endpoint, provider, last, undefined);
  }
  const left = credentials.credentials.filter(isLeft);
  if (left.length === 0) return { reason: 'REJECTED' };
  return { reason: left.every(isCooling) ? 'COOLING' : 'HELD_BACK' };
}

/** Whether the provider has a credential left that this run has not seen rejected. */
export function hasCredentialLeft({ credentials }: ConfiguredProvider, rejected: ReadonlySet<string>): boolean {
  return credentials.credentials.some(({ name, use }) => use.hasCredential && !rejected.has(name));
}

function hold(
  parts: RecordParts & Pick<RunParts, 'health'>,
  endpoint: Endpoint,
  { credentials }: ConfiguredProvider,
  { name, use: adapter }: Credential<ProviderAdapter>,
  pass: BreakerPass | undefined,
): HeldCredential {
  const { clock } = parts;
  const finish = credentials.begin(name);
  const startedAt = clock.monotonicMs();
  let isHeld = true;
  let hasAnswered = false;

  function release(isGood?: boolean): void {
    if (!isHeld) return;
    isHeld = false;
    finish();
    pass?.release(clock.monotonicMs(), isGood);
  }

  return {
    name,
    adapter,
    isForced: pass === undefined,
    answered() {
      if (!isHeld || pass?.isProbe !== true) return;
      hasAnswered = true;
      pass.answered(clock.monotonicMs());
    },
    ended(end, call) {
      if (!isHeld) return;
      const at = clock.monotonicMs();
      let isGood: boolean | undefined;
      try {
        isGood = recordCall(
          parts,
          credentials,
          { ...call, endpoint, credential: name, startedAt, at, hasAnswered },
          end,
        );
      } finally {
        release(isGood);
      }
    },
    release: () => release(),
  };
}
