import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { callGateway } from './caller.ts';
import { goldenText } from './chat-wire.ts';
import type { FaultyUpstreams } from './faulty-upstreams.ts';
import { describeCaller, outcomeOf } from './judge.ts';
import type { Asked, AskOptions, Grade, Play, Scenario, Stage, Verdict } from './scenario.ts';

export interface ChaosOptions {
  /** Of the gateway, without `/v1`: on loopback. */
  readonly url: string;
  readonly apiKey?: string;
  readonly model: string;
  readonly upstreams: FaultyUpstreams;
  readonly scenarios: readonly Scenario[];
  /** How long the gateway may wait for a silent upstream before it has to act, in milliseconds. */
  readonly patienceMs: number;
  /** Within which an upstream that has healed has to be used again, in milliseconds. Default 30,000. */
  readonly recoveryMs?: number;
  /** How long to wait for the gateway to reach the upstreams, in milliseconds. */
  readonly waitMs: number;
  /** Before each fault, how long to wait for the primary to be used again after an earlier one, in milliseconds. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

export interface ChaosRow extends Verdict {
  readonly id: string;
  readonly fault: string;
  readonly demand: string;
  readonly tookMs: number;
}

export interface Scorecard {
  readonly rows: readonly ChaosRow[];
  readonly count: Readonly<Record<Grade, number>>;
  /** False where it was interrupted, or its time was up. */
  readonly isComplete: boolean;
}

/** The gateway did not reach the upstreams. */
export class UnreachedError extends Error {
  override readonly name = 'UnreachedError';
}

/** A run ends by itself: in this time, and with this many requests. */
const longestRunMs = 20 * 60_000;
const mostRequests = 2_000;
const pollMs = 100;

/**
 * Plays the scenarios, one after the other, against a gateway that has the upstreams as its providers.
 *
 * @throws {UnreachedError} Where the gateway does not answer through them in time.
 */
export async function runChaos(options: ChaosOptions): Promise<Scorecard> {
  const { upstreams, scenarios, patienceMs, recoveryMs = 30_000, onProgress } = options;
  const run = randomBytes(4).toString('hex');
  const startedAt = performance.now();
  let requests = 0;

  const isOver = () =>
    options.signal.aborted || performance.now() - startedAt > longestRunMs || requests >= mostRequests;

  async function ask(play: Play, { isStream = true, onText }: AskOptions = {}): Promise<Asked> {
    requests += 1;
    const tag = `chaos-${run}-${requests}`;
    const attempts = upstreams.playFor(tag, play);
    const { url, apiKey, model, signal } = options;
    const caller = await callGateway({
      url,
      model,
      isStream,
      signal,
      prompt: `Say what the keeper saw. (${tag})`,
      // Two silent upstreams, and some time to spare.
      limitMs: 3 * patienceMs + 3_000,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(onText === undefined ? {} : { onText }),
    });
    return { caller, attempts };
  }

  const askHealthy = () => ask(call => call.answer());

  async function until(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    const end = performance.now() + limitMs;
    while (!(await isSo())) {
      if (performance.now() > end || isOver()) return false;
      await delay(pollMs);
    }
    return true;
  }

  /** Who is faulty is the upstream that is called first: a primary that stays out of favour does not spoil the next row. */
  async function settle({ settledBy = 'primary' }: Scenario): Promise<void> {
    await until(async () => {
      const { caller, attempts } = await askHealthy();
      if (outcomeOf(caller) !== 'whole') return false;
      return settledBy === 'any' || attempts.some(({ upstream }) => upstream === 'primary');
    }, options.settleMs);
  }

  function stageFor({ play }: Scenario): Stage {
    return { ask: asked => ask(play, asked), askHealthy, refuse: upstreams.refuse, until, patienceMs, recoveryMs };
  }

  await reach(options, askHealthy, until);
  const rows: ChaosRow[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    if (isOver()) break;
    const { id, fault, demand } = scenario;
    await settle(scenario);
    const begunAt = performance.now();
    const verdict = await scenario.run(stageFor(scenario));
    if (options.signal.aborted) break;
    rows.push({ id, fault, demand, ...verdict, tookMs: Math.round(performance.now() - begunAt) });
    onProgress(`[${index + 1}/${scenarios.length}] ${id}: ${verdict.grade} (${verdict.why})`);
  }
  return { rows, count: countGrades(rows), isComplete: rows.length === scenarios.length };
}

async function reach(
  { waitMs, onProgress, signal }: ChaosOptions,
  askHealthy: () => Promise<Asked>,
  until: Stage['until'],
): Promise<void> {
  let last: Asked | undefined;
  const isReached = await until(async () => {
    const isFirst = last === undefined;
    last = await askHealthy();
    if (last.caller.text === goldenText && last.attempts.length > 0) return true;
    if (isFirst) onProgress('Waiting for the gateway to reach the upstreams.');
    return false;
  }, waitMs);
  if (isReached || signal.aborted) return;
  const seen = last === undefined ? 'no answer' : describeCaller(last.caller);
  const hint =
    last !== undefined && last.caller.status === 200 && last.attempts.length === 0
      ? 'It answers, but from somewhere else.'
      : `The last answer: ${seen}.`;
  throw new UnreachedError(`The gateway has not reached the upstreams. ${hint}`);
}

function countGrades(rows: readonly ChaosRow[]): Readonly<Record<Grade, number>> {
  const count = { pass: 0, safe: 0, fail: 0 };
  for (const { grade } of rows) count[grade] += 1;
  return count;
}
