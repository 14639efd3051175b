import type { Endpoint } from '../model/catalog.ts';
import type { Completion, CompletionError, CompletionEvent } from '../model/completion.ts';
import type { RouteDecision } from '../model/route.ts';
import type { ProviderEvent } from '../providers/provider.ts';
import type { EventSource } from '../stream/event-stream.ts';

/** Numbers a run's events from 0 without gaps, and joins what arrived together. */
export interface EventWriter {
  accepted(route: RouteDecision): void;
  started(endpoint: Endpoint): void;
  /** Another endpoint takes over. */
  handoff(handoff: HandoffFacts): void;
  /** @returns False where the reader is full. */
  deltas(events: readonly ProviderEvent[]): boolean;
  /** The last event. */
  finished(completion: Completion): void;
  ended(type: 'failed' | 'incomplete', error: CompletionError, completion: Completion): void;
}

/** From which endpoint to which, and why; void is what was delivered where another answer begins. */
export interface HandoffFacts {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly reason: string;
  readonly voids: boolean;
}

export interface EventWriterOptions {
  readonly completionId: string;
  readonly output: EventSource<CompletionEvent>;
}

type Delta = Extract<CompletionEvent, { type: 'text' | 'reasoning' | 'refusal' | 'tool-call' }>;

/** Makes the writer of one run. */
export function createEventWriter({ completionId, output }: EventWriterOptions): EventWriter {
  let seq = 0;

  function last(event: CompletionEvent): void {
    output.write([event]);
    output.end();
  }

  return {
    accepted: route => void output.write([{ type: 'accepted', completionId, seq: seq++, route }]),
    started: endpoint => void output.write([{ type: 'started', completionId, seq: seq++, endpoint }]),
    handoff({ voids, ...facts }) {
      const mode = voids ? 'RESTART' : 'CONTINUE';
      const keepThroughSeq = voids ? 0 : seq - 1;
      output.write([{ type: 'handoff', completionId, seq: seq++, ...facts, mode, keepThroughSeq }]);
    },
    deltas(events) {
      const joined: Delta[] = [];
      for (const event of events) {
        const delta = deltaOf(event, completionId, seq + joined.length);
        if (delta === undefined) continue;
        const previous = joined.at(-1);
        const merged = previous === undefined ? undefined : join(previous, delta);
        if (merged === undefined) joined.push(delta);
        else joined[joined.length - 1] = merged;
      }
      if (joined.length === 0) return true;
      seq += joined.length;
      return output.write(joined);
    },
    finished: completion => last({ type: 'finished', completionId, seq, completion }),
    ended: (type, error, completion) => last({ type, completionId, seq, error, completion }),
  };
}

function deltaOf(event: ProviderEvent, completionId: string, seq: number): Delta | undefined {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return { type: event.type, completionId, seq, text: event.text };
    case 'tool-call':
      return {
        type: 'tool-call',
        completionId,
        seq,
        index: event.index,
        arguments: event.arguments,
        ...(event.id === undefined ? {} : { id: event.id }),
        ...(event.name === undefined ? {} : { name: event.name }),
      };
    default:
      return undefined;
  }
}

/** Two neighbours as one, where they are of one channel (and of one tool call). */
function join(left: Delta, right: Delta): Delta | undefined {
  if (left.type === 'tool-call') {
    if (right.type !== 'tool-call' || right.index !== left.index || right.id !== undefined) return undefined;
    return { ...left, arguments: left.arguments + right.arguments };
  }
  if (right.type !== left.type) return undefined;
  return { ...left, text: left.text + right.text };
}
