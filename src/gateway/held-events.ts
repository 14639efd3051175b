import type { ProviderEvent } from '../providers/provider.ts';

/** Events that wait for the end of their answer; neighbours of one channel are joined, so that many small ones take little. */
export interface HeldEvents {
  add(events: readonly ProviderEvent[]): void;
  /** All of them, in their order; none is left. */
  take(): readonly ProviderEvent[];
}

/** Makes room for the events of one answer. How much it holds is bounded by whoever adds. */
export function createHeldEvents(): HeldEvents {
  let held: ProviderEvent[] = [];
  return {
    add(events) {
      for (const event of events) {
        const last = held.at(-1);
        const joined = last === undefined ? undefined : join(last, event);
        if (joined === undefined) held.push(event);
        else held[held.length - 1] = joined;
      }
    },
    take() {
      const all = held;
      held = [];
      return all;
    },
  };
}

function join(left: ProviderEvent, right: ProviderEvent): ProviderEvent | undefined {
  if (left.type === 'tool-call') {
    const isFragment = right.type === 'tool-call' && right.index === left.index && right.id === undefined;
    return isFragment && right.name === undefined
      ? { ...left, arguments: left.arguments + right.arguments }
      : undefined;
  }
  if (left.type !== 'text' && left.type !== 'reasoning' && left.type !== 'refusal') return undefined;
  return left.type === right.type && 'text' in right ? { type: left.type, text: left.text + right.text } : undefined;
}
