import { GatewayError } from '../errors.ts';
import type { CompletionError, CompletionEvent } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import { checkIdempotencyKey } from '../model/idempotency-key.ts';
import type { Principal } from '../model/principal.ts';
import type { ClaimAnswer, IdempotencyClaim, IdempotentEnd } from '../stores/idempotency-store.ts';
import { streamOf } from '../stream/event-stream.ts';
import { createSlots } from '../stream/slots.ts';
import { type BegunRun, type OnceHooks, readerOf } from './begin-run.ts';
import type { RunParts } from './core.ts';
import { completionError } from './failure.ts';
import { followStream } from './follow-stream.ts';
import type { CompletionRun, RunOnceOptions, RunOptions } from './gateway.ts';
import { holdClaim } from './hold-claim.ts';
import { type IdempotencyHashes, idempotencyHashes } from './idempotency-hashes.ts';
import { textKeptMs } from './kept-text.ts';
import { planRequest } from './plan-request.ts';
import { replayFinished } from './replay.ts';
import { beginNow, endedByCaller, type RunBeginning } from './run.ts';
import { type Asked, conflictEvent, goneEvent, refusedEvent } from './twin-events.ts';
import { type WaitingRun, waitForTwin } from './wait-for-twin.ts';
import { watchSignal } from './watch-signal.ts';

export interface RunOnceParts {
  /** How many rules every handle of the gateway has; further ones are part of what a request is. */
  readonly commonRules: number;
  /** Begins a run as any other, after the same checks. */
  readonly begin: (
    own: RunParts,
    principal: Principal,
    request: CompletionRequest,
    options: RunOptions,
    beginning: RunBeginning,
    once: OnceHooks,
  ) => BegunRun;
}

/** Runs requests with idempotency keys. */
export interface RunOnce {
  run(own: RunParts, principal: Principal, request: CompletionRequest, options: RunOnceOptions): Promise<CompletionRun>;
  /** How many wait for a run on another node. */
  readonly waiting: number;
  /** Ends those. */
  stopWaiting(error: CompletionError): void;
}

interface Waiting {
  readonly run: WaitingRun;
  readonly claim: IdempotencyClaim;
}

/** A run of this node, for all who come with its key. */
interface TwinRun {
  join(): CompletionRun;
}

interface Once extends Asked {
  readonly own: RunParts;
  readonly request: CompletionRequest;
  readonly options: RunOnceOptions;
  readonly hashes: IdempotencyHashes;
}

/** How long a run whose connection was lost goes on for its twin, in milliseconds. */
const lingerMs = 10_000;

/** Makes what sees to it that a request with a key runs once. */
export function createRunOnce({ commonRules, begin }: RunOnceParts): RunOnce {
  /** By their completions. */
  const runningHere = new Map<string, TwinRun>();
  const waiting = createSlots<Waiting>();

  function claimOf({ own, principal, request, hashes }: Once, completionId: string): IdempotencyClaim {
    const isLogged = own.streams !== undefined && textKeptMs(own, principal, request) > 0;
    return { ...hashes, completionId, isLogged };
  }

  /** Claims the key; where it is this node's, begins the run. */
  async function claimAndBegin(once: Once): Promise<TwinRun | ClaimAnswer> {
    const { own } = once;
    const store = storeOf(own);
    const beginning = beginNow(own.clock);
    const claim = claimOf(once, beginning.id);
    const claimedMs = own.clock.monotonicMs();
    const answer = await store.claim(claim).catch((fault: unknown) => {
      // It may have been taken all the same.
      store.release(claim).catch(() => {});
      throw fault;
    });
    return answer.state === 'claimed' ? await beginClaimed(once, claim, beginning, claimedMs, answer) : answer;
  }

  async function beginClaimed(
    once: Once,
    claim: IdempotencyClaim,
    beginning: RunBeginning,
    claimedMs: number,
    { replaced }: Extract<ClaimAnswer, { state: 'claimed' }>,
  ): Promise<TwinRun | ClaimAnswer> {
    const { own, principal, request, options } = once;
    const { clock } = own;
    const onLost = () => begun?.run.stop(keyLost);
    const held = holdClaim({ store: storeOf(own), claim, clock, claimedMs, onLost });
    let begun: BegunRun | undefined;
    let cancelLinger = () => {};
    try {
      const earlier = replaced === undefined ? undefined : await finishedBefore(own, replaced);
      if (earlier !== undefined) {
        await held.end(earlier);
        return { state: 'ended', ...earlier };
      }
      begun = begin(own, principal, request, options, beginning, {
        onLeft(_, readersLeft) {
          if (readersLeft === 0) linger(lingerMs);
        },
        async beforeEnd({ id, status, usage: { cost } }) {
          cancelLinger();
          await held.end({ completionId: id, status, cost });
        },
      });
    } catch (fault) {
      await held.release();
      throw fault;
    }

    function linger(ms: number): void {
      cancelLinger();
      cancelLinger = clock.after(ms, () => void leave());
    }

    async function leave(): Promise<void> {
      const isAttended = await held.isAttended();
      if ((begun?.shared?.readers ?? 0) > 0) return;
      if (isAttended) linger(storeOf(own).leaseMs / 5);
      else begun?.run.stop(endedByCaller);
    }

    const run = begun;
    const twin: TwinRun = {
      join() {
        cancelLinger();
        return readerOf(run);
      },
    };
    runningHere.set(beginning.id, twin);
    for (const other of waiting.members()) {
      if (other.claim.key === claim.key && other.claim.completionId !== claim.completionId) other.run.read(twin.join());
    }
    void run.ended.then(() => runningHere.delete(beginning.id));
    return twin;
  }

  /** What one reads whose twin has ended. */
  async function afterEnd(once: Once, end: IdempotentEnd): Promise<readonly CompletionEvent[]> {
    const { own, principal, request } = once;
    const now = own.clock.now();
    // What has come into force since binds those who come now.
    const refusal = planRequest(own, principal, request, end.completionId).refusal;
    if (refusal !== undefined) return [refusedEvent(once, end.completionId, now, refusal)];
    const replayed = end.status === 'FINISHED' ? await replayFinished(own, principal, request, end) : undefined;
    if (replayed !== undefined && replayed !== 'withheld') return replayed;
    const [recorded] = await own.ledger.completions([end.completionId]).catch(() => []);
    return [conflictEvent(once, end, now, replayed ?? 'not kept', recorded)];
  }

  function wait(once: Once, first: Extract<ClaimAnswer, { state: 'running' }>): CompletionRun {
    const { own, request } = once;
    const { clock, streams } = own;
    const beginning = beginNow(clock);
    let askedMs = clock.monotonicMs();
    const ask = async (waitsFor: string) => {
      askedMs = clock.monotonicMs();
      return storeOf(own).claim({ ...claimOf(once, beginning.id), waitsFor });
    };
    const cut = (id: string, seq: number, hasText: boolean) => goneEvent(once, id, clock.now(), seq, hasText);
    const run = waitForTwin({
      clock,
      first,
      deadlineMs: request.deadlineMs,
      ask,
      joinHere: completionId => runningHere.get(completionId)?.join(),
      async follow(completionId) {
        const part = await streams?.read(completionId, -1);
        if (streams === undefined || part === undefined) return undefined;
        const after = part.events.at(-1)?.seq ?? -1;
        return followStream({
          streams,
          clock,
          completionId,
          begun: part.events,
          after,
          cut: (seq, hasText) => cut(completionId, seq, hasText),
        });
      },
      async runHere(answer) {
        const claim = claimOf(once, beginning.id);
        const begun = await beginClaimed(once, claim, beginning, askedMs, answer);
        if ('join' in begun) return begun.join();
        if (begun.state === 'ended') return begun;
        throw new GatewayError('INTERNAL', 'a key that was claimed is not');
      },
      async giveBack(completionId) {
        const claim = claimOf(once, beginning.id);
        await storeOf(own).end(claim, { completionId, status: 'INCOMPLETE', cost: 0n });
      },
      afterEnd: end => afterEnd(once, end),
      refused: (id, error, seq, hasText) => refusedEvent(once, id, clock.now(), error, seq, hasText),
      cut,
    });
    const { revoked } = once.principal;
    const forget = revoked === undefined ? () => {} : watchSignal(revoked, () => run.stop(credentialEnded));
    void run.ended.then(waiting.add({ run, claim: claimOf(once, beginning.id) })).then(forget);
    return run;
  }

  return {
    async run(own, principal, request, options) {
      checkIdempotencyKey('idempotencyKey', options.idempotencyKey);
      storeOf(own);
      const hashes = idempotencyHashes(own, principal, request, options.idempotencyKey, commonRules);
      const once: Once = { own, principal, request, options, hashes };
      const answer = await claimAndBegin(once);
      if ('join' in answer) return answer.join();
      switch (answer.state) {
        case 'running':
          return runningHere.get(answer.completionId)?.join() ?? wait(once, answer);
        case 'ended':
          return { id: answer.completionId, events: streamOf(await afterEnd(once, answer)), limitsLeft: [] };
        default:
          throw new GatewayError('IDEMPOTENCY_MISMATCH', 'The idempotency key was used with another input.');
      }
    },
    get waiting() {
      return waiting.size;
    },
    stopWaiting(error) {
      for (const { run } of waiting.members()) run.stop(error);
    },
  };
}

const credentialEnded = completionError('UNAUTHENTICATED', 'The credential has expired or was revoked.');
const keyLost = completionError('STORE_UNAVAILABLE', 'The idempotency key could not be held any longer.');

function storeOf({ idempotency, hashIdempotency }: RunParts) {
  if (idempotency !== undefined && hashIdempotency !== undefined) return idempotency;
  throw new GatewayError('STORE_UNAVAILABLE', 'This gateway has no store of idempotency keys.', { retryable: false });
}

/** One that was booked before its node died, and could not be noted any more. */
async function finishedBefore({ ledger }: RunParts, completionId: string): Promise<IdempotentEnd | undefined> {
  const [found] = await ledger.completions([completionId]);
  if (found?.status !== 'FINISHED') return undefined;
  return { completionId, status: found.status, cost: found.usage.cost };
}
