import type { ContentRule, PolicyRules } from '../../model/policy.ts';
import type { ContentDemand } from '../../privacy/content-demand.ts';
import { detectorsByKind } from '../../privacy/detectors/index.ts';
import type { Demands, Rule } from '../rule.ts';

/** Looks for personal data and secrets in prompts and answers; with settings, in everybody's. */
export function content(settings?: readonly ContentRule[]): Rule {
  return {
    kind: 'CONTENT',
    ...(settings === undefined ? {} : { settings: { content: settings } }),
    demands: contentDemands,
  };
}

/** Which member of a content rule this gateway cannot enforce, and why. */
export interface ContentGap {
  /** Below the rule: `detect.0` */
  readonly path: string;
  readonly message: string;
}

/** The first thing in a rule that cannot be enforced; undefined where all can. */
export function contentGap({ detect, pattern, action }: ContentRule): ContentGap | undefined {
  const unknown = detect.findIndex(kind => !detectorsByKind.has(kind));
  if (unknown !== -1) {
    const known = [...detectorsByKind.keys()].join(', ');
    return { path: `detect.${unknown}`, message: `there is no such detector here yet: use ${known}` };
  }
  if (pattern !== undefined) return { path: 'pattern', message: 'patterns cannot be enforced yet' };
  if (action === 'PSEUDONYMIZE') return { path: 'action', message: 'PSEUDONYMIZE cannot be enforced yet: use REDACT' };
  return undefined;
}

function contentDemands({ content: rules = [] }: PolicyRules): Demands {
  return { content: rules.map(demandOf) };
}

function demandOf(rule: ContentRule): ContentDemand {
  const gap = contentGap(rule);
  if (gap !== undefined) throw new TypeError(`content: ${gap.path}: ${gap.message}`);
  const { detect, action, directions, onUninspectable, escalate } = rule;
  return {
    detectors: detect.flatMap(kind => detectorsByKind.get(kind) ?? []),
    action,
    directions,
    onUninspectable,
    ...(escalate === undefined ? {} : { escalate }),
  };
}
