import { fromAmountJson, toAmountJson } from '../../model/amount-json.ts';
import type { CompletionEvent } from '../../model/completion.ts';

/** `["t", text]` and the like for deltas, which are most; everything else as it is, without what all share. */
type WrittenEvent =
  | readonly [kind: 't' | 'r' | 'f', text: string]
  | readonly [kind: 'c', index: number, fragment: string, id?: string | null, name?: string | null]
  | readonly [kind: 'o', event: unknown];

const kinds = { text: 't', reasoning: 'r', refusal: 'f' } as const;
const textTypes = { t: 'text', r: 'reasoning', f: 'refusal' } as const;

/** Writes events that follow on each other. */
export function writeBatch(events: readonly CompletionEvent[]): string {
  const [first] = events;
  return toAmountJson([first?.seq ?? 0, ...events.map(written)]);
}

/** Reads what `writeBatch` wrote; undefined for anything else. */
export function readBatch(text: string, completionId: string): readonly CompletionEvent[] | undefined {
  const batch = fromAmountJson<[number, ...WrittenEvent[]]>(text);
  if (!Array.isArray(batch)) return undefined;
  const [first, ...events] = batch;
  return Number.isSafeInteger(first)
    ? events.map((event, index) => read(event, completionId, first + index))
    : undefined;
}

function written(event: CompletionEvent): WrittenEvent {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return [kinds[event.type], event.text];
    case 'tool-call':
      return ['c', event.index, event.arguments, event.id ?? null, event.name ?? null];
    case 'accepted': {
      // Its candidates are made when somebody looks at them.
      const { candidates, policies, findings, workload } = event.route;
      const route = { candidates: candidates.slice(0, mostCandidates), policies, findings, workload };
      return ['o', { type: event.type, route }];
    }
    case 'finished':
    case 'failed':
    case 'incomplete': {
      const { completionId: _id, seq: _seq, completion, ...rest } = event;
      const { route: _route, ...facts } = completion;
      return ['o', { ...rest, completion: facts }];
    }
    default: {
      const { completionId: _id, seq: _seq, ...rest } = event;
      return ['o', rest];
    }
  }
}

/** As many as the ledger keeps. */
const mostCandidates = 64;

function read(event: WrittenEvent, completionId: string, seq: number): CompletionEvent {
  switch (event[0]) {
    case 'c': {
      const [, index, fragment, id, name] = event;
      return {
        type: 'tool-call',
        completionId,
        seq,
        index,
        arguments: fragment,
        ...(id == null ? {} : { id }),
        ...(name == null ? {} : { name }),
      };
    }
    case 'o':
      return { ...(event[1] as object), completionId, seq } as CompletionEvent;
    default:
      return { type: textTypes[event[0]], completionId, seq, text: event[1] };
  }
}
