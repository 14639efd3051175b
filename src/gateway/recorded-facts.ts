import type { OpenedAttempt, OpenedCompletion } from '../stores/ledger-store.ts';
import type { AlertedBudget } from './budget-alert.ts';

/** What any node can book an attempt from. */
export interface RecordedFacts {
  readonly completion: OpenedCompletion;
  readonly attempt: OpenedAttempt;
  /** Those that bind it, for whoever finds that it makes them reach a threshold. Absent: nobody knows them any more. */
  readonly budgets?: readonly AlertedBudget[];
}

/** JSON knows no `bigint`: amounts are text with this mark, and a caller's own text that bears a mark gets another one. */
const amountMark = 'nano:';
const textMark = 'text:';

/** Writes them as JSON. The decision, by far the largest part, stays out: the node that made it books it. */
export function recordedFacts(
  { route: _decision, ...completion }: OpenedCompletion,
  attempt: OpenedAttempt,
  bound: readonly AlertedBudget[] = [],
): string {
  const budgets = bound.map(({ level, name, per, scopeId, policy }) => ({ level, name, per, scopeId, policy }));
  const facts = { completion, attempt, ...(budgets.length === 0 ? {} : { budgets }) };
  return JSON.stringify(facts, (_, member: unknown) => {
    if (typeof member === 'bigint') return `${amountMark}${member}`;
    return typeof member === 'string' && isMarked(member) ? `${textMark}${member}` : member;
  });
}

/** Reads what `recordedFacts` wrote. Throws where it is something else. */
export function readRecordedFacts(text: string): RecordedFacts {
  const facts: unknown = JSON.parse(text, (_, member: unknown) => {
    if (typeof member !== 'string' || !isMarked(member)) return member;
    return member.startsWith(amountMark) ? BigInt(member.slice(amountMark.length)) : member.slice(textMark.length);
  });
  if (typeof facts !== 'object' || facts === null || !('completion' in facts) || !('attempt' in facts)) {
    throw new TypeError('readRecordedFacts: these are no facts of an attempt');
  }
  return facts as RecordedFacts;
}

function isMarked(text: string): boolean {
  return text.startsWith(amountMark) || text.startsWith(textMark);
}
