import { type CompletionEvent, isTerminal } from '../model/completion.ts';

/** Whose stream it is: what decides who may read it. */
export interface StreamFacts {
  readonly completionId: string;
  readonly tenantId: string;
  readonly projectId: string;
  /** From the project up to its tenant. */
  readonly projectPath: readonly string[];
  readonly apiKeyId?: string;
  readonly user?: string;
}

/** One completion's events, as they are written down. */
export interface StreamLog {
  /** Takes events with numbers that follow on each other. Returns at once; what cannot be kept ends the log, as `drop` does. */
  append(events: readonly CompletionEvent[]): void;
  /** Resolves once all can be read, where it can be; nothing is appended afterwards. Never rejects. */
  close(): Promise<void>;
  /** Forgets all of it: no rule lets it be kept any more. */
  drop(): Promise<void>;
}

/** A part of a stream. */
export interface StreamPart {
  readonly facts: StreamFacts;
  /** In order, without gaps, from the number asked for; not necessarily all that there are. */
  readonly events: readonly CompletionEvent[];
  /** False where the node that writes it has not been heard of for longer than it may be silent. */
  readonly isAlive: boolean;
}

/**
 * Streams to re-attach to: the events of completions whose text a rule lets the gateway keep, while they run and for some
 * minutes after. The last event of a run holds its completion, but not the nonce of its receipt.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from what returns a promise, unless it says otherwise.
 */
export interface StreamStore {
  /**
   * Begins a log.
   *
   * @param keptMs How long it can be read after its end, at most; the store may have a shorter limit.
   */
  open(facts: StreamFacts, keptMs: number): StreamLog;
  /** What is written of the events above `after`; undefined where there is no such stream, or no longer. */
  read(completionId: string, after: number): Promise<StreamPart | undefined>;
  /** Writes down what waits, then lets go. */
  close(): Promise<void>;
}

/** How long a stream that has ended can be attached to, at most, in milliseconds. */
export const keptAfterEndMs = 600_000;
/** What one stream may come to, in UTF-16 units of its text and of what its numbers take. */
export const mostStreamUnits = 8_388_608;

/** About what an event takes in memory or on the wire, in UTF-16 units. */
export function unitsOfEvent(event: CompletionEvent): number {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return event.text.length + 32;
    case 'tool-call':
      return event.arguments.length + 64;
    case 'finished':
    case 'failed':
    case 'incomplete':
      return 4_096 + unitsOfAnswer(event.completion.answer);
    default:
      return 4_096;
  }
}

function unitsOfAnswer(answer: Extract<CompletionEvent, { type: 'finished' }>['completion']['answer']): number {
  if (answer === undefined) return 0;
  const { text, reasoning, refusal, media, toolCalls, continuation = '' } = answer;
  const parts = [text, reasoning, refusal, continuation];
  const data = [...media.map(({ data = '' }) => data), ...toolCalls.map(call => call.arguments)];
  return [...parts, ...data].reduce((sum, part) => sum + part.length, 0);
}

/** An event as it may be kept: a nonce is for the reader of the run alone. */
export function asKept(event: CompletionEvent): CompletionEvent {
  if (!isTerminal(event) || event.completion.receiptNonce === undefined) return event;
  const { receiptNonce: _never, ...completion } = event.completion;
  return { ...event, completion };
}
