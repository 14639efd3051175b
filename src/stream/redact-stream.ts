import type { BoundContentDemand } from '../privacy/content-demand.ts';
import {
  blockingFind,
  type Finding,
  findInText,
  pendingFrom,
  replaceIn,
  replacementsOf,
} from '../privacy/find-in-text.ts';

/** One channel of an answer, whose text comes in pieces. */
export interface StreamRedactor {
  /** Takes the next piece. @returns What can be let out: nothing that follows can change it. */
  push(text: string): string;
  /** The stream has ended well. @returns The rest. */
  flush(): string;
  /** So far, in the order of the text. */
  readonly findings: readonly Finding[];
  /** Set once a rule blocks: nothing more is let out. */
  readonly blockedBy: Finding | undefined;
}

/** What detectors may look back at: the boundary before a find, and what its beginning depends on. */
const keptContext = 96;
/** What may still become a find is held back at most so long; then it counts as one. */
const longestHold = 16_384;

/**
 * Makes the redactor of one channel.
 *
 * However the text is cut into pieces, what comes out is the same. Held back is what may still become a find, and nothing else.
 *
 * @param preceding What this text goes on from, let out already by another: of a find that began there, the rest is found.
 */
export function createStreamRedactor(demands: readonly BoundContentDemand[], preceding = ''): StreamRedactor {
  const findings: Finding[] = [];
  /** Text that was let out already, for the detectors, and then the text that is held. */
  let buffer = preceding.slice(-longestHold);
  let context = buffer.length;
  /** Whether a find may begin in the context: nobody who let it out looked for what follows. */
  let isAtSeam = context > 0;
  let blockedBy: Finding | undefined;
  /** What was held for too long is gone to its end: the next blank. */
  let isSwallowing = false;

  function release(settled: number): string {
    const found = findInText(buffer, demands).flatMap(finding => afterContext(finding));
    const until = boundaryBefore(settled, found);
    const passed = found.filter(({ end }) => end <= until);
    findings.push(...passed);
    blockedBy ??= blockingFind(passed);
    if (blockedBy !== undefined) return upToBlock(blockedBy);
    if (isAtSeam && until === context) return '';
    isAtSeam = false;
    const shift = ({ start, end, label }: { start: number; end: number; label: string }) => {
      return { start: start - context, end: end - context, label };
    };
    const out = replaceIn(buffer.slice(context, until), replacementsOf(passed).map(shift));
    const kept = Math.max(0, until - keptContext);
    buffer = buffer.slice(kept);
    context = until - kept;
    return out;
  }

  /** What of a find can still be kept back. */
  function afterContext(finding: Finding): readonly Finding[] {
    if (finding.start >= context) return [finding];
    return isAtSeam && finding.end > context ? [{ ...finding, start: context }] : [];
  }

  /** What stands before the find is clean. */
  function upToBlock({ start }: Finding): string {
    const before = findings.filter(finding => finding.end <= start && finding.start >= context);
    const replacements = replacementsOf(before).map(replacement => ({
      ...replacement,
      start: replacement.start - context,
      end: replacement.end - context,
    }));
    return replaceIn(buffer.slice(context, start), replacements);
  }

  /** A hold without an end is treated as what it may become. */
  function overflow(from: number): string {
    const [first] = demands;
    const detector = first?.demand.detectors.find(one => one.pendingFrom(buffer) <= from);
    const kind = detector?.kind ?? first?.demand.detectors[0]?.kind ?? 'UNINSPECTABLE';
    const isRefused = demands.some(({ demand, enforced }) => enforced && demand.action === 'BLOCK');
    const finding: Finding = {
      kind,
      start: from,
      end: buffer.length,
      action: isRefused ? 'BLOCK' : 'REDACT',
      enforced: demands.some(({ demand, enforced }) => enforced && demand.action !== 'FLAG'),
    };
    if (!finding.enforced) return release(buffer.length);
    const out = release(from);
    findings.push(finding);
    if (isRefused) blockedBy ??= finding;
    isSwallowing = true;
    buffer = '';
    context = 0;
    return isRefused ? out : `${out}[${kind}]`;
  }

  function withoutSwallowed(text: string): string {
    if (!isSwallowing) return text;
    const blank = text.search(/\s/);
    if (blank === -1) return '';
    isSwallowing = false;
    return text.slice(blank);
  }

  return {
    findings,
    get blockedBy() {
      return blockedBy;
    },
    push(text) {
      if (blockedBy !== undefined) return '';
      buffer += withoutSwallowed(text);
      const settled = Math.max(context, settledIn(buffer, demands));
      return buffer.length - settled > longestHold ? overflow(settled) : release(settled);
    },
    flush: () => (blockedBy === undefined ? release(buffer.length) : ''),
  };
}

/** The last place up to there which no find crosses: a find waits whole, and with it what overlaps its beginning. */
function boundaryBefore(settled: number, found: readonly Finding[]): number {
  let until = settled;
  for (;;) {
    const crossing = found.find(({ start, end }) => start < until && end > until);
    if (crossing === undefined) return until;
    until = crossing.start;
  }
}

/** Everything before it stays as it is, whatever follows; half a character waits for its other half. */
function settledIn(text: string, demands: readonly BoundContentDemand[]): number {
  const last = text.charCodeAt(text.length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  const whole = isHalf ? text.slice(0, -1) : text;
  return Math.min(whole.length, pendingFrom(whole, demands));
}
