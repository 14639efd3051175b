import { type HandoffMode, isReasoning, type Prompt } from '../model/completion-request.ts';
import type { FailureKind, ProviderFailure } from '../providers/provider.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import { estimateTokens } from '../stream/estimate-tokens.ts';
import type { AttemptEnd } from './attempt.ts';
import { meaningOf } from './failure.ts';

/**
 * How another endpoint takes over. PREFIX: it goes on from the text, which it is given as the beginning of its own answer.
 * REPEAT: it starts over, held back until it has repeated the text. OPEN: it starts over, and the text is void.
 */
export type HandoffMethod = 'PREFIX' | 'REPEAT' | 'OPEN';

/** One endpoint to try, and how. */
export interface HandoffStep {
  readonly candidate: CandidateFacts;
  readonly method: HandoffMethod;
  /** Of REPEAT: whether the other answer is let out where it says something else, and the text is then void. */
  readonly opens: boolean;
}

/** What decides how a broken answer goes on. */
export interface HandoffQuestion {
  /** How the attempt ended that had delivered. */
  readonly cut: AttemptEnd;
  readonly prompt: Prompt;
  readonly mode: HandoffMode;
  /** Estimated, of the prompt alone. */
  readonly inputTokens: number;
  /** The endpoints that may be asked, in the order of the plan. */
  readonly candidates: readonly CandidateFacts[];
}

/** A longer text is not carried over. */
const mostCarriedUnits = 262_144;

/**
 * Decides how an answer that broke after something was delivered goes on: what to try, in this order; nothing where it ends
 * as incomplete.
 *
 * Endpoints that go on from a prefix come first: another model seldom says the same again. Pure.
 */
export function planHandoff({ cut, prompt, mode, inputTokens, candidates }: HandoffQuestion): readonly HandoffStep[] {
  if (mode === 'TERMINATE' || !mayBeHandedOver(cut)) return [];
  if (!mayContinue(cut, prompt)) return mode === 'RESTART' ? candidates.map(inTheOpen) : [];
  const { text } = cut.answer;
  const tokens = inputTokens + estimateTokens(text);
  const isPrefix = (candidate: CandidateFacts) =>
    takesPrefix(candidate, prompt) && tokens < candidate.endpoint.contextTokens;
  const usesPrefix = text.trim() === '' ? () => false : isPrefix;
  const opens = mode === 'RESTART';
  return [
    ...candidates.filter(usesPrefix).map(candidate => ({ candidate, method: 'PREFIX' as const, opens })),
    ...candidates.filter(one => !usesPrefix(one)).map(candidate => ({ candidate, method: 'REPEAT' as const, opens })),
  ];
}

/** What is tried at an endpoint that refuses to go on from a prefix. */
export function afterRefusal({ candidate, opens }: HandoffStep): HandoffStep {
  return { candidate, method: 'REPEAT', opens };
}

const reasons: Readonly<Partial<Record<FailureKind, string>>> = {
  cut: 'CUT',
  unreachable: 'CUT',
  timeout: 'STALLED',
  protocol: 'MALFORMED',
};

/** Why an endpoint was left, in a fixed word: CUT, STALLED, MALFORMED or FAILED. */
export function handoffReason(kind: FailureKind): string {
  return reasons[kind] ?? 'FAILED';
}

/** Not what the endpoint refused, what was stopped, what is whole but for a marker, nor what a caller may have acted on. */
function mayBeHandedOver({ failure, answer, finishReason, ...end }: AttemptEnd): boolean {
  if (failure === undefined || !mayDoBetter(failure)) return false;
  if (end.blockedFor !== undefined || end.hasUsedReservation === true || end.hasDiverged === true) return false;
  return finishReason === undefined && answer.refusal === '' && !hasCompletedCall(answer.toolCalls);
}

/** Whether another endpoint may do better; what is wrong with the request, and a stop, stays so anywhere. */
function mayDoBetter(failure: ProviderFailure): boolean {
  const { setback } = meaningOf(failure);
  return setback !== 'final' && setback !== 'too-long';
}

/** A call is complete once another has begun, or its arguments are a whole document. */
function hasCompletedCall(calls: AttemptEnd['answer']['toolCalls']): boolean {
  return calls.length > 1 || calls.some(call => isJson(call.arguments));
}

/** Only text goes on exactly: JSON, calls, media and reasoning that was shown would have to be what they were. */
function mayContinue({ answer }: AttemptEnd, { responseFormat, reasoning }: Prompt): boolean {
  return (
    responseFormat.type === 'TEXT' &&
    answer.toolCalls.length === 0 &&
    answer.media.length === 0 &&
    (answer.reasoning === '' || reasoning?.exclude === true) &&
    answer.text.length <= mostCarriedUnits
  );
}

/** An answer that begins with text has no place for reasoning, nor for a call that must come first. */
function takesPrefix({ endpoint }: CandidateFacts, prompt: Prompt): boolean {
  const isForced = prompt.toolChoice?.mode === 'REQUIRED' || prompt.toolChoice?.mode === 'TOOL';
  return endpoint.capabilities.includes('PREFIX') && !isReasoning(prompt) && !isForced;
}

function inTheOpen(candidate: CandidateFacts): HandoffStep {
  return { candidate, method: 'OPEN', opens: true };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
