import type { Price } from '../model/catalog.ts';
import type { AttemptOutcome, CompletionError } from '../model/completion.ts';
import type { Prompt } from '../model/completion-request.ts';
import { maxNanoDollars, type NanoDollars } from '../model/money.ts';
import { costOf, noTokens, type ReportedUsage, type TokenUsage } from '../model/usage.ts';
import type { FailureKind } from '../providers/provider.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { OpenedAttempt, SettledAttempt } from '../stores/ledger-store.ts';
import { countTokens } from '../stream/count-tokens.ts';
import type { AttemptEnd } from './attempt.ts';
import { errorOf, meaningOf } from './failure.ts';
import { textsOf } from './input-tokens.ts';
import { bookable, credible, meterUsage, mostCredibleTokens, nothingUsed } from './meter.ts';

/** Role and separators of a chat message (OpenAI cookbook, "How to count tokens with tiktoken"). */
const tokensPerMessage = 4;

/** The gateway hung up: the provider may have begun to work, and so to charge. */
const givenUp: ReadonlySet<FailureKind> = new Set<FailureKind>(['timeout', 'deadline', 'cancelled']);

/**
 * Turns how an attempt ended into what is booked of it.
 *
 * @param candidate Whom it called; absent: nobody.
 */
export function settledAttempt(
  opened: OpenedAttempt,
  end: AttemptEnd,
  inputTokens: () => number,
  candidate?: CandidateFacts,
): SettledAttempt {
  const { failure, finishReason } = end;
  const reportedUsage = credible(end.reportedUsage);
  return {
    id: opened.id,
    completionId: opened.completionId,
    startedAt: opened.startedAt,
    outcome: failure === undefined ? outcomeOfFinish(finishReason) : meaningOf(failure).outcome,
    durationMs: end.durationMs,
    usage: usageOf(opened, end, inputTokens, candidate),
    ...(end.status === undefined ? {} : { status: end.status }),
    ...(failure === undefined ? {} : { error: errorOf(failure, end.hasDelivered) }),
    ...(end.firstTokenMs === undefined ? {} : { firstTokenMs: end.firstTokenMs }),
    ...(reportedUsage.providerCost === undefined ? {} : { providerCost: bookable(reportedUsage.providerCost) }),
  };
}

/** What is booked of an attempt of which nobody knows how it ended, nor what it cost: what was assumed. */
export function lostAttempt(opened: OpenedAttempt, error: CompletionError, now: number): SettledAttempt {
  return {
    id: opened.id,
    completionId: opened.completionId,
    startedAt: opened.startedAt,
    outcome: 'UNKNOWN',
    durationMs: Math.max(0, now - opened.startedAt),
    usage: { ...opened.assumedOnCrash, estimated: true },
    error,
  };
}

/** Whether booking this attempt means counting, because its provider did not report it all. */
export function needsCounting(end: AttemptEnd): boolean {
  if (!mayHaveCharged(end)) return false;
  const { inputTokens, outputTokens } = countedByProvider(end);
  return end.failure !== undefined || inputTokens === undefined || outputTokens === undefined;
}

/**
 * Counts the tokens of a prompt where its provider did not.
 *
 * @param estimatedTokens Taken instead where the prompt holds media, which no tokenizer of text can count.
 */
export function countInputTokens(prompt: Prompt, estimatedTokens: number): number {
  if (prompt.messages.some(({ parts }) => parts.some(({ type }) => type !== 'text'))) return estimatedTokens;
  return countTokens(textsOf(prompt).join('\n')) + prompt.messages.length * tokensPerMessage;
}

/**
 * What is booked: what the provider reported of a whole answer; of a broken one the input and the output that it had reported,
 * or that arrived, where the provider had accepted the request or was left waiting for; nothing where it refused. A provider
 * that goes on billing is booked at all that it may still make.
 */
function usageOf(
  opened: OpenedAttempt,
  end: AttemptEnd,
  inputTokens: () => number,
  candidate: CandidateFacts | undefined,
): TokenUsage {
  const { price } = opened;
  if (end.failure !== undefined && !mayHaveCharged(end)) return nothingUsed;
  const counts = { inputTokens, outputTokens: () => countAll(end.outputTexts()) };
  if (end.failure === undefined) return meterUsage(countedByProvider(end), counts, price);
  const { outputTokens: running = 0 } = credible(end.reportedUsage);
  // A running count holds hidden reasoning, and is often 1 at first; what arrived was made, whatever it says.
  const made = Math.max(running, counts.outputTokens(), outputThatCut(opened, end));
  const outputTokens = Math.max(made, outputToCome(opened, end, candidate));
  const usage = { ...meterUsage({ ...end.reportedUsage, outputTokens }, counts, price), estimated: true };
  return outputTokens === made ? usage : { ...usage, cost: maxNanoDollars(usage.cost, costOfReasoning(usage, price)) };
}

/** What was reported, but for a count of nothing where there was something to count: that was not counted. */
function countedByProvider({ reportedUsage, outputTexts }: AttemptEnd): ReportedUsage {
  const { inputTokens = 0, outputTokens = 0, ...rest } = credible(reportedUsage);
  const isOutputKnown = outputTokens > 0 || (reportedUsage.outputTokens === 0 && outputTexts().length === 0);
  return { ...rest, ...(inputTokens === 0 ? {} : { inputTokens }), ...(isOutputKnown ? { outputTokens } : {}) };
}

/** All the output that a provider may make, and bill, which goes on after the gateway has hung up; else 0. */
function outputToCome(
  { assumedOnCrash }: OpenedAttempt,
  { failure }: AttemptEnd,
  candidate: CandidateFacts | undefined,
): number {
  const wasLeft = failure !== undefined && givenUp.has(failure.kind);
  if (!wasLeft || candidate?.provider.billsAfterAbort !== true) return 0;
  const { outputTokens } = assumedOnCrash;
  return Math.min(outputTokens, candidate.endpoint.maxOutputTokens ?? outputTokens);
}

/** What it costs if all of its output is reasoning. */
function costOfReasoning(usage: TokenUsage, price: Price | undefined): NanoDollars {
  return costOf({ ...usage, reasoningTokens: usage.outputTokens }, price) ?? 0n;
}

/** The least output that can have used up the reservation, where the stream was cut for that; else 0. */
function outputThatCut({ price, assumedOnCrash }: OpenedAttempt, end: AttemptEnd): number {
  if (end.hasUsedReservation !== true) return 0;
  const { inputTokens = assumedOnCrash.inputTokens } = credible(end.reportedUsage);
  const isEnough = (outputTokens: number) =>
    (costOf({ ...noTokens, inputTokens, outputTokens }, price) ?? 0n) >= assumedOnCrash.cost;
  let tooFew = -1;
  let enough = mostCredibleTokens;
  if (!isEnough(enough)) return 0;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** A provider that accepted the request, or was left waiting for, may have begun to work, and so to charge. */
function mayHaveCharged({ failure, wasSent, wasAccepted }: AttemptEnd): boolean {
  const wasLeft = failure !== undefined && givenUp.has(failure.kind);
  return wasSent && (wasAccepted || wasLeft);
}

function countAll(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + countTokens(text), 0);
}

function outcomeOfFinish(reason: AttemptEnd['finishReason']): AttemptOutcome {
  return reason === 'CONTENT_FILTER' || reason === 'REFUSAL' ? 'REFUSED' : 'SUCCEEDED';
}
