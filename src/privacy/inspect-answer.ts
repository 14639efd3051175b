import type { Redaction } from '../model/redaction.ts';
import { addRedactions } from '../model/redaction.ts';
import type { BoundContentDemand } from './content-demand.ts';
import {
  blockingFind,
  countFindings,
  demandsOn,
  type Finding,
  findInText,
  firstKind,
  refusesUninspectable,
  replaceIn,
  replacementsOf,
  uninspectable,
} from './find-in-text.ts';
import { changeJson } from './inspect-json.ts';
import type { Blocked } from './inspect-prompt.ts';

/** What looks at one whole text of an answer. */
export interface TextInspector {
  /** The text as the rules leave it. */
  inspect(text: string): string;
  /** The same for a JSON document: by its strings and numbers. */
  inspectJson(document: string): string;
  /** Media that no detector can read. */
  refuseUninspectable(): void;
  /** Whether nothing was found in it that may not be let out as it is. */
  isClean(text: string): boolean;
  /** Adds what was found elsewhere. */
  note(findings: readonly Finding[]): void;
  /** Refuses the rest: a detector failed. */
  fail(): void;
  readonly redactions: readonly Redaction[];
  readonly blocked: Blocked | undefined;
}

/** Looks at what a model answers. @returns Undefined where no rule does. */
export function createTextInspector(all: readonly BoundContentDemand[]): (TextInspector & OutputDemands) | undefined {
  const demands = demandsOn(all, 'OUTPUT');
  const [first] = demands;
  if (first === undefined) return undefined;
  const failedKind = firstKind(first.demand);
  let redactions: readonly Redaction[] = [];
  let blocked: Blocked | undefined;

  function note(findings: readonly Finding[]): void {
    for (const redaction of countFindings(findings, 'OUTPUT')) redactions = addRedactions(redactions, [redaction]);
    blocked ??= blockingFind(findings);
  }

  function inspect(text: string): string {
    if (blocked !== undefined) return '';
    try {
      const findings = findInText(text, demands);
      note(findings);
      return blocked === undefined ? replaceIn(text, replacementsOf(findings)) : '';
    } catch {
      blocked = { kind: failedKind };
      return '';
    }
  }

  return {
    demands,
    get redactions() {
      return redactions;
    },
    get blocked() {
      return blocked;
    },
    inspect,
    inspectJson: document => changeJson(document, inspect) ?? inspect(document),
    note,
    refuseUninspectable() {
      const by = refusesUninspectable(demands);
      if (by === undefined) return;
      blocked ??= { kind: uninspectable, ...(by.policy === undefined ? {} : { policy: by.policy }) };
    },
    isClean(text) {
      try {
        return findInText(text, demands).every(({ action, enforced }) => !enforced || action === 'FLAG');
      } catch {
        return false;
      }
    },
    fail() {
      blocked ??= { kind: failedKind };
    },
  };
}

interface OutputDemands {
  /** Those that look at answers. */
  readonly demands: readonly BoundContentDemand[];
}
