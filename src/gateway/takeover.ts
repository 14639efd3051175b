import type { Endpoint } from '../model/catalog.ts';
import type { Answer } from '../model/completion.ts';
import type { AnswerGuard } from './answer-guard.ts';
import type { ClearedAttempt } from './clear-attempt.ts';
import type { HandoffStep } from './plan-handoff.ts';
import { seamAfterPrefix, seamAfterRepetition, seamInTheOpen } from './seam.ts';

/** An attempt that takes over from one that had delivered. */
export interface Takeover extends Pick<HandoffStep, 'method' | 'opens'> {
  readonly from: Endpoint;
  /** Why it was left, in a fixed word. */
  readonly reason: string;
  /** The text that was delivered, as the content rules let it out. */
  readonly delivered: string;
}

/** An answer's content rules with its seam. */
export type Seam = AnswerGuard & { readonly isOpen?: boolean };

/** Makes the seam of an attempt that takes over; the content rules on its answer stand on the right side of it. */
export function seamOf(
  { method, opens, delivered }: Takeover,
  rules: AnswerGuard | undefined,
  { carried }: ClearedAttempt,
): Seam {
  if (carried !== undefined) {
    const { sent, unsent, prompt } = carried;
    return seamAfterPrefix(rules, { delivered, sent, unsent, stop: prompt.stop });
  }
  return method === 'OPEN' ? seamInTheOpen(rules) : seamAfterRepetition(rules, { delivered, opens });
}

/** The answer of two endpoints: what the first delivered, and what the other added. */
export function joinAnswers(first: Answer, second: Answer): Answer {
  const { continuation: _ofOneAlone, ...rest } = second;
  return {
    ...rest,
    text: first.text + second.text,
    reasoning: first.reasoning,
    citations: [...first.citations, ...second.citations],
    media: [...first.media, ...second.media],
  };
}
