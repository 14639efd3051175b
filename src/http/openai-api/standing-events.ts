import type { CompletionEvent } from '../../model/completion.ts';

type Handoff = Extract<CompletionEvent, { type: 'handoff' }>;

/**
 * Events that arrived together, without the deltas that a handoff among them voids: of an answer that is known as a whole, what
 * stands.
 */
export function standingEvents(batch: readonly CompletionEvent[]): readonly CompletionEvent[] {
  const handoffs = batch.filter(event => event.type === 'handoff');
  if (handoffs.length === 0) return batch;
  return batch.filter(({ type, seq }) => !isDelta(type) || !handoffs.some(handoff => voids(handoff, seq)));
}

/** Whether the event with this number is void by the handoff. */
export function voids({ mode, seq, keepThroughSeq }: Handoff, number: number): boolean {
  return number < seq && (mode === 'RESTART' || number > keepThroughSeq);
}

/** Whether it brings a part of the answer. */
export function isDelta(type: CompletionEvent['type']): boolean {
  return type === 'text' || type === 'reasoning' || type === 'refusal' || type === 'tool-call';
}
