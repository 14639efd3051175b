import { GatewayError } from '../../errors.ts';
import type { Completion } from '../../model/completion.ts';
import type { Governance } from '../context.ts';
import type { CompleteInput } from '../resolvers.generated.ts';

/** What the completions of one operation may take, together. */
export interface CompletionLimits {
  /** How many run at a time. Default 4. */
  readonly concurrency: number;
  /** How many there may be; further fields are null, with an error. Default 25. */
  readonly perOperation: number;
  /** All of them end within this time, in milliseconds, from 1,000. Default 20,000. */
  readonly deadlineMs: number;
}

export const defaultCompletionLimits: CompletionLimits = { concurrency: 4, perOperation: 25, deadlineMs: 20_000 };

/** Runs the completions of one operation, a few at a time. */
export interface CompletionQueue {
  /**
   * The same input is completed once, however often an operation asks for it.
   *
   * @throws {GatewayError} BAD_USER_INPUT beyond `perOperation`, DEADLINE_EXCEEDED, CANCELLED once the caller has left,
   *   and what `Governance.complete` throws.
   */
  complete(input: Omit<CompleteInput, 'deadline'>): Promise<Completion>;
}

const shortestDeadlineMs = 1_000;

/**
 * Checks what a server sets.
 *
 * @throws {TypeError} That names the option.
 */
export function checkCompletionLimits(given: Partial<CompletionLimits> = {}): CompletionLimits {
  const limits: CompletionLimits = { ...defaultCompletionLimits, ...given };
  const ranges = {
    concurrency: [1, 100],
    perOperation: [1, 1_000],
    deadlineMs: [shortestDeadlineMs, 600_000],
  } as const;
  for (const [option, [least, most]] of Object.entries(ranges)) {
    const value = limits[option as keyof CompletionLimits];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new TypeError(`limits.${option}: a whole number from ${least} to ${most} is needed`);
  }
  return limits;
}

/** The queue of one request. */
export function createCompletionQueue(
  { complete, now, signal }: Pick<Governance, 'complete' | 'now' | 'signal'>,
  { concurrency, perOperation, deadlineMs }: CompletionLimits,
): CompletionQueue {
  const known = new Map<string, Promise<Completion>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let endsAt: number | undefined;

  async function run(input: Omit<CompleteInput, 'deadline'>): Promise<Completion> {
    endsAt ??= now() + deadlineMs;
    if (running >= concurrency) await new Promise<void>(resolve => waiting.push(resolve));
    else running += 1;
    try {
      if (signal.aborted) throw new GatewayError('CANCELLED', 'The caller has left.');
      const deadline = endsAt - now();
      if (deadline < shortestDeadlineMs) {
        throw new GatewayError('DEADLINE_EXCEEDED', 'The completions before this one have used up the time.');
      }
      return await complete({ ...input, deadline });
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    async complete(input) {
      const key = JSON.stringify(input);
      const before = known.get(key);
      if (before !== undefined) return before;
      if (known.size >= perOperation) {
        throw new GatewayError('BAD_USER_INPUT', `At most ${perOperation} completions of one operation are allowed.`);
      }
      const completion = run(input);
      known.set(key, completion);
      return completion;
    },
  };
}
