import { isDeepStrictEqual } from 'node:util';
import type { Answer, Citation, CompletionEvent } from '../model/completion.ts';
import type { Principal } from '../model/principal.ts';
import type { BoundContentDemand } from '../privacy/content-demand.ts';
import type { ProviderEvent } from '../providers/provider.ts';
import { guardAnswer } from './answer-guard.ts';
import type { RunParts } from './core.ts';
import { evaluationFor } from './plan-request.ts';

/**
 * Whether the content rules in force now would let all that these events say through as it is.
 *
 * @param principals Whose rules count: all of them must.
 * @param events All events of one completion, from its first: a part may hide what the whole says.
 * @throws {GatewayError} STORE_UNAVAILABLE, POLICY_NOT_ENFORCEABLE, where nobody can tell what is in force.
 */
export function mayStillBeRead(
  parts: RunParts,
  principals: readonly Principal[],
  workload: string,
  events: readonly CompletionEvent[],
): boolean {
  const evaluations = principals.map(principal => evaluationFor(parts, principal, workload));
  if (evaluations.some(({ unenforceable }) => unenforceable.includes('CONTENT'))) return false;
  return evaluations.every(({ content }) => textsOf(events).every(text => passes(content, text)));
}

/** Each text that a reader is told: what a handoff voids is one by itself, and so is the answer that the last event holds. */
function textsOf(events: readonly CompletionEvent[]): readonly (readonly ProviderEvent[])[] {
  let current: ProviderEvent[] = [];
  const texts = [current];
  for (const event of events) {
    switch (event.type) {
      case 'text':
      case 'reasoning':
      case 'refusal':
      case 'tool-call':
        current.push(event);
        break;
      case 'handoff':
        if (event.mode !== 'RESTART') break;
        current = [];
        texts.push(current);
        break;
      case 'finished':
      case 'failed':
      case 'incomplete':
        if (event.completion.answer !== undefined) texts.push(eventsOf(event.completion.answer));
        break;
      case 'accepted':
      case 'started':
    }
  }
  return texts;
}

function eventsOf({ text, reasoning, refusal, citations, media, toolCalls, continuation }: Answer): ProviderEvent[] {
  return [
    { type: 'reasoning', text: reasoning },
    { type: 'text', text },
    { type: 'refusal', text: refusal },
    ...toolCalls.map((call, index): ProviderEvent => ({ type: 'tool-call', index, ...call })),
    ...citations.map((citation): ProviderEvent => ({ type: 'citation', citation })),
    ...media.map((one): ProviderEvent => ({ type: 'media', media: one })),
    ...(continuation === undefined ? [] : [{ type: 'continuation' as const, value: continuation }]),
  ];
}

function passes(content: readonly BoundContentDemand[], events: readonly ProviderEvent[]): boolean {
  const guard = guardAnswer(content);
  if (guard === undefined) return true;
  const passed = [...events, { type: 'end' } as const].flatMap(event => guard.pass(event));
  return guard.blockedFor === undefined && isDeepStrictEqual(saidBy(passed), saidBy(events));
}

/** What is said, however it was cut. */
function saidBy(events: readonly ProviderEvent[]) {
  const texts = { text: '', reasoning: '', refusal: '' };
  const calls: Record<number, { readonly name: string; readonly arguments: string }> = {};
  const citations: Citation[] = [];
  let others = 0;
  for (const event of events) {
    switch (event.type) {
      case 'text':
      case 'reasoning':
      case 'refusal':
        texts[event.type] += event.text;
        break;
      case 'tool-call': {
        const { name = '', arguments: before = '' } = calls[event.index] ?? {};
        calls[event.index] = { name: name + (event.name ?? ''), arguments: before + event.arguments };
        break;
      }
      case 'citation': {
        // Its offsets do not pass any guard; they say nothing.
        const { url = '', title = '' } = event.citation;
        citations.push({ url, title });
        break;
      }
      case 'media':
      case 'continuation':
        others += 1;
        break;
      default:
    }
  }
  return { texts, calls, citations, others };
}
