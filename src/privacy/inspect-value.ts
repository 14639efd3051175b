import type { Direction } from '../model/policy.ts';
import type { BoundContentDemand } from './content-demand.ts';
import {
  blockingFind,
  demandsOn,
  type Finding,
  findInText,
  firstKind,
  refusesUninspectable,
  replaceIn,
  replacementsOf,
  uninspectable,
} from './find-in-text.ts';

/** A value as the rules leave it: the same one where they left all of it; or the kind that blocks it. */
export type InspectedValue = { readonly value: unknown } | { readonly blockedKind: string };

/** Looks at values outside of prompts and answers, such as arguments and fields of a host. */
export type ValueInspector = (value: unknown) => InspectedValue;

/** What the content rules that bind a caller make of values; an absent direction is not looked at. */
export interface ContentInspection {
  readonly input?: ValueInspector;
  readonly output?: ValueInspector;
}

/** Deeper values are not looked into, and so are refused. */
const deepest = 200;
/** A text of so many units that stands in many places of one value is looked at once. */
const longText = 1_024;

/**
 * Makes what looks at values in both directions: at strings, at numbers as they are written, and at names of members.
 *
 * What is no JSON (uploads, functions) is refused, unless the rules let pass what no detector can read.
 */
export function contentInspection(demands: readonly BoundContentDemand[]): ContentInspection {
  const input = valueInspector(demands, 'INPUT');
  const output = valueInspector(demands, 'OUTPUT');
  return { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
}

function valueInspector(all: readonly BoundContentDemand[], direction: Direction): ValueInspector | undefined {
  const demands = demandsOn(all, direction);
  const [first] = demands;
  if (first === undefined) return undefined;
  const failedKind = firstKind(first.demand);
  return value => {
    const walk = createWalk(demands);
    try {
      const left = walk.inspect(value, 0);
      if (walk.blockedKind !== undefined) return { blockedKind: walk.blockedKind };
      return { value: walk.isChanged ? left : value };
    } catch {
      return { blockedKind: failedKind };
    }
  };
}

interface Walk {
  inspect(value: unknown, depth: number): unknown;
  readonly isChanged: boolean;
  readonly blockedKind: string | undefined;
}

function createWalk(demands: readonly BoundContentDemand[]): Walk {
  let isChanged = false;
  let blockedKind: string | undefined;
  const known = new Map<string, string>();

  function change(text: string): string {
    if (text.length < longText) return changeOnce(text);
    const left = known.get(text) ?? changeOnce(text);
    known.set(text, left);
    return left;
  }

  function changeOnce(text: string): string {
    const findings = findInText(text, demands);
    blockedKind ??= blockingFind(findings)?.kind;
    const left = replaceIn(text, replacementsOf(findings.map(asReplaced)));
    if (left !== text) isChanged = true;
    return left;
  }

  function written(value: number | bigint): unknown {
    const text = String(value);
    const left = change(text);
    return left === text ? value : left;
  }

  function inspectObject(value: object, depth: number): unknown {
    if (depth > deepest) {
      blockedKind ??= uninspectable;
      return undefined;
    }
    if (ArrayBuffer.isView(value)) return unreadable(value);
    if (Array.isArray(value)) return value.map(entry => inspect(entry, depth + 1));
    if ('toJSON' in value && typeof value.toJSON === 'function') return inspect(value.toJSON(), depth + 1);
    if (isRecord(value)) {
      const members = Object.entries(value).map(([name, member]) => [change(name), inspect(member, depth + 1)]);
      return Object.fromEntries(members);
    }
    return unreadable(value);
  }

  function unreadable(value: unknown): unknown {
    if (refusesUninspectable(demands) !== undefined) blockedKind ??= uninspectable;
    return value;
  }

  function inspect(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return change(value);
    if (typeof value === 'number' || typeof value === 'bigint') return written(value);
    if (typeof value === 'object' && value !== null) return inspectObject(value, depth);
    return typeof value === 'function' || typeof value === 'symbol' ? unreadable(value) : value;
  }

  return {
    inspect,
    get isChanged() {
      return isChanged;
    },
    get blockedKind() {
      return blockedKind;
    },
  };
}

/** No model answers here, so that nothing would put a value back in the place of its placeholder. */
function asReplaced(finding: Finding): Finding {
  return finding.action === 'PSEUDONYMIZE' ? { ...finding, action: 'REDACT' } : finding;
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
