import type { ContentAction, Direction } from '../model/policy.ts';
import type { Redaction } from '../model/redaction.ts';
import type { PolicyRef } from '../model/route.ts';
import type { BoundContentDemand, ContentDemand } from './content-demand.ts';
import type { Detector, Match } from './detector.ts';
import { readableText } from './readable-text.ts';

/** What was found in a text, with what is done about it. */
export interface Finding extends Match {
  readonly kind: string;
  /** The strongest of all demands on this find. */
  readonly action: ContentAction;
  readonly enforced: boolean;
  readonly policy?: PolicyRef;
}

/** From the weakest to the strongest. */
const strength: Readonly<Record<ContentAction, number>> = { FLAG: 0, PSEUDONYMIZE: 1, REDACT: 2, BLOCK: 3 };

/** The demands that look in one direction. */
export function demandsOn(demands: readonly BoundContentDemand[], direction: Direction): readonly BoundContentDemand[] {
  return demands.filter(({ demand }) => demand.directions.includes(direction));
}

/**
 * Finds what the demands name, in the order of the text.
 *
 * @throws What a detector throws: who calls refuses the content.
 */
export function findInText(text: string, demands: readonly BoundContentDemand[]): readonly Finding[] {
  if (text === '') return [];
  const readable = readableText(text);
  const matches = new Map<Detector, readonly Match[]>();
  const strongest = new Map<string, Finding>();
  for (const { demand, policy, enforced } of demands) {
    for (const detector of demand.detectors) {
      let found = matches.get(detector);
      if (found === undefined) {
        found = detector.find(readable.text).map(({ start, end }) => ({
          start: readable.originalAt(start),
          end: readable.originalAt(end),
        }));
        matches.set(detector, found);
      }
      for (const { start, end } of found) {
        const { kind } = detector;
        const key = `${enforced} ${kind} ${start} ${end}`;
        const other = strongest.get(key);
        if (other !== undefined && strength[other.action] >= strength[demand.action]) continue;
        strongest.set(key, {
          kind,
          start,
          end,
          action: demand.action,
          enforced,
          ...(policy === undefined ? {} : { policy }),
        });
      }
    }
  }
  return [...strongest.values()].sort((left, right) => left.start - right.start || right.end - left.end);
}

/** From where on the end of a text may still become a find. @throws What a detector throws. */
export function pendingFrom(text: string, demands: readonly BoundContentDemand[]): number {
  const readable = readableText(text);
  let from = readable.text.length;
  for (const { demand } of demands) {
    for (const detector of demand.detectors) from = Math.min(from, detector.pendingFrom(readable.text));
  }
  return readable.originalAt(from);
}

/** The enforced find that refuses the content, where there is one. */
export function blockingFind(findings: readonly Finding[]): Finding | undefined {
  return findings.find(({ action, enforced }) => enforced && action === 'BLOCK');
}

/** A part of a text and what stands in its place. */
export interface Replacement extends Match {
  readonly label: string;
}

/** What enforced finds replace; those that overlap are one, named by the longest. */
export function replacementsOf(findings: readonly Finding[]): readonly Replacement[] {
  const replacements: { start: number; end: number; kind: string; longest: number }[] = [];
  for (const { start, end, kind, action, enforced } of findings) {
    if (!enforced || action !== 'REDACT') continue;
    const last = replacements.at(-1);
    if (last === undefined || start >= last.end) {
      replacements.push({ start, end, kind, longest: end - start });
      continue;
    }
    last.end = Math.max(last.end, end);
    if (end - start > last.longest) {
      last.longest = end - start;
      last.kind = kind;
    }
  }
  return replacements.map(({ start, end, kind }) => ({ start, end, label: `[${kind}]` }));
}

/** The text with its replacements. */
export function replaceIn(text: string, replacements: readonly Replacement[]): string {
  let left = '';
  let at = 0;
  for (const { start, end, label } of replacements) {
    left += text.slice(at, start) + label;
    at = end;
  }
  return left + text.slice(at);
}

/** Finds as they are recorded: counted by kind, action and direction. */
export function countFindings(findings: readonly Finding[], direction: Direction): readonly Redaction[] {
  return findings.map(({ kind, action, enforced }) => ({ kind, action, direction, count: 1, enforced }));
}

/** The first demand that refuses what no detector can read. */
export function refusesUninspectable(demands: readonly BoundContentDemand[]): BoundContentDemand | undefined {
  return demands.find(({ demand, enforced }) => enforced && demand.onUninspectable === 'BLOCK');
}

/** What blocked content is called where no detector could read it. */
export const uninspectable = 'UNINSPECTABLE';

/** The kind that a failing detector blocks for. */
export function firstKind(demand: ContentDemand): string {
  return demand.detectors[0]?.kind ?? uninspectable;
}
