import type { Completion } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { RunParts } from './core.ts';
import type { CompletionRun, RunOptions } from './gateway.ts';
import { textKeptMs } from './kept-text.ts';
import { type ActiveRun, beginNow, endedByCaller, type RunBeginning, startRun } from './run.ts';
import { type SharedRun, type ShareOptions, shareRun } from './shared-run.ts';

/** A run as the gate keeps it. */
export interface BegunRun {
  readonly run: ActiveRun;
  /** Absent where it has one reader, and ends with that one. */
  readonly shared?: SharedRun;
  readonly principal: Principal;
  /** Whether it goes on for as long as it may, once nobody reads it. */
  readonly isDetached: boolean;
  /** Policies have changed: ends it, or what is written down of it, where they demand that. */
  recheck(): void;
  /** Resolves once its readers were told of its end. */
  readonly ended: Promise<Completion>;
}

/** What a run under an idempotency key has beside: it goes on without a reader, for as long as `onLeft` lets it. */
export type OnceHooks = Required<Pick<ShareOptions, 'onLeft' | 'beforeEnd'>>;

/**
 * Begins a run, and lets several read it where that may be: with an idempotency key, detached, or where a rule lets its text be
 * kept, so that others can attach to it.
 *
 * @throws {GatewayError} As `startRun`.
 */
export function beginRun(
  parts: RunParts,
  principal: Principal,
  request: CompletionRequest,
  options: RunOptions,
  beginning: RunBeginning = beginNow(parts.clock),
  once?: OnceHooks,
): BegunRun {
  const { detach = false } = options;
  const keptMs = request.stream || once !== undefined ? textKeptMs(parts, principal, request) : 0;
  const run = startRun(parts, principal, request, options, beginning);
  const log = keptMs > 0 ? parts.streams?.open(factsOf(run.id, principal), keptMs) : undefined;
  if (once === undefined && !detach && log === undefined) {
    return { run, principal, isDetached: false, recheck: run.recheck, ended: run.ended };
  }

  function onLeft(wasFirst: boolean, readersLeft: number): void {
    if (detach) return;
    if (once !== undefined) once.onLeft(wasFirst, readersLeft);
    else if (wasFirst) run.stop(endedByCaller);
  }

  const shared = shareRun(run, {
    clock: parts.clock,
    waitsForFirst: once === undefined && !detach,
    remembers: once !== undefined || log !== undefined,
    onLeft,
    ...(log === undefined ? {} : { log }),
    ...(once === undefined ? {} : { beforeEnd: once.beforeEnd }),
  });
  return {
    run,
    shared,
    principal,
    isDetached: detach,
    recheck() {
      run.recheck();
      if (log !== undefined && !mayStillKeep(parts, principal, request)) shared.stopLogging();
    },
    ended: shared.ended,
  };
}

/** A run for one who reads it now. */
export function readerOf({ run, shared }: BegunRun): CompletionRun {
  if (shared === undefined) return run;
  return {
    id: run.id,
    events: shared.follow(),
    get limitsLeft() {
      return run.limitsLeft;
    },
  };
}

/** Where this node cannot tell, what it began with holds. */
function mayStillKeep(parts: RunParts, principal: Principal, request: CompletionRequest): boolean {
  try {
    return textKeptMs(parts, principal, request) > 0;
  } catch {
    return true;
  }
}

function factsOf(completionId: string, { tenantId, projectId, projectPath, apiKeyId, user }: Principal) {
  return {
    completionId,
    tenantId,
    projectId,
    projectPath,
    ...(apiKeyId === undefined ? {} : { apiKeyId }),
    ...(user === undefined ? {} : { user }),
  };
}
