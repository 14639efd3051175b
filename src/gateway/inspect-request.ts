import type { CompletionError } from '../model/completion.ts';
import type { Prompt } from '../model/completion-request.ts';
import type { EscalationRule } from '../model/policy.ts';
import type { Redaction } from '../model/redaction.ts';
import type { BoundConstraint, Constraint } from '../policy/constraint.ts';
import { regionConstraint } from '../policy/rules/region.ts';
import { retentionConstraint } from '../policy/rules/retention.ts';
import type { BoundContentDemand } from '../privacy/content-demand.ts';
import { inspectPrompt } from '../privacy/inspect-prompt.ts';
import { completionError } from './failure.ts';

/** A prompt as the content rules leave it. */
export interface InspectedRequest {
  readonly prompt: Prompt;
  readonly findings: readonly Redaction[];
  /** What was found demands this of the route. */
  readonly escalations: readonly BoundConstraint[];
  /** Present where a rule blocks the request. */
  readonly refusal?: CompletionError;
}

/** Applies the content rules to a prompt, before anything else looks at it. */
export function inspectRequest(prompt: Prompt, content: readonly BoundContentDemand[]): InspectedRequest {
  if (content.length === 0) return { prompt, findings: [], escalations: [] };
  const { prompt: left, findings, blocked, escalations } = inspectPrompt(prompt, content);
  return {
    prompt: left,
    findings,
    escalations: escalations.flatMap(({ escalate, ...by }) =>
      constraintsOf(escalate).map((constraint): BoundConstraint => ({ constraint, ...by })),
    ),
    ...(blocked === undefined ? {} : { refusal: contentBlocked(blocked.kind, 'The prompt') }),
  };
}

/** What was found is told by its kind alone. */
export function contentBlocked(kind: string, where: 'The prompt' | 'The answer'): CompletionError {
  return completionError('CONTENT_BLOCKED', `${where} holds what a content rule blocks: ${kind}.`);
}

function constraintsOf({ regions, zeroDataRetention, denyTraining }: EscalationRule): readonly Constraint[] {
  const constraints: Constraint[] = [];
  if (regions !== undefined) constraints.push(regionConstraint({ allow: regions }));
  if (zeroDataRetention || denyTraining) {
    const kept = zeroDataRetention ? ({ provider: 'NONE' } as const) : {};
    constraints.push(retentionConstraint({ ...kept, ...(denyTraining ? { allowTraining: false } : {}) }));
  }
  return constraints.map(({ rejects }) => ({
    rejects: facts => rejects(facts).map(rejection => ({ ...rejection, code: 'CONTENT_ESCALATION' as const })),
  }));
}
