import type { ErrorCode } from '../../errors.ts';
import { type CompletionRequest, defaultDeadlineMs, type RoutingPreferences } from '../../model/completion-request.ts';
import type { Exclusion, ExclusionCode, PolicyRef, RouteDecision } from '../../model/route.ts';

/** What another server asks leave for. */
export interface NamedRoute {
  readonly model: string;
  /** Absent: any that the policies allow. */
  readonly region?: string;
  readonly workload: string;
}

/** Whether the policies allow it, and why not. */
export interface Verdict {
  readonly isAllowed: boolean;
  /** Where it is not allowed. */
  readonly code?: ErrorCode;
  /** What excluded the endpoints, each once, in alphabetical order. */
  readonly reasons: readonly ExclusionCode[];
  /** The policies in force, by revision. */
  readonly policies: readonly PolicyRef[];
}

/** What says something of this gateway's own calls, and nothing of what is allowed: who asks calls by itself. */
const ownAffairs: ReadonlySet<ExclusionCode> = new Set(['UNHEALTHY', 'CREDENTIALS']);

const anyRoute: RoutingPreferences = {
  optimize: 'BALANCED',
  order: [],
  ignore: [],
  allowFallbacks: true,
  requireParameters: false,
  zeroDataRetention: false,
  denyTraining: false,
  handoff: 'TERMINATE',
};

/** The smallest request for this model: what it says is not known here, so that it holds nothing a rule could look at. */
export function requestFor({ model, region, workload }: NamedRoute): CompletionRequest {
  return {
    model,
    fallbackModels: [],
    prompt: {
      messages: [{ role: 'USER', parts: [{ type: 'text', text: '', cacheUpToHere: false }], toolCalls: [] }],
      tools: [],
      responseFormat: { type: 'TEXT' },
      maxOutputTokens: 1,
      stop: [],
      providerOptions: {},
    },
    routing: region === undefined ? anyRoute : { ...anyRoute, regions: [region] },
    workload,
    labels: [],
    deadlineMs: defaultDeadlineMs,
    stream: false,
  };
}

/** Allows where the router leaves at least one endpoint. Pure. */
export function judgeRoute({ candidates, policies }: RouteDecision, isEnforceable: boolean): Verdict {
  if (!isEnforceable) return { isAllowed: false, code: 'POLICY_NOT_ENFORCEABLE', reasons: [], policies };
  const exclusions = candidates.map(candidate => candidate.exclusions.filter(excludes));
  if (exclusions.some(found => found.length === 0)) return { isAllowed: true, reasons: [], policies };
  const reasons = [...new Set(exclusions.flatMap(found => found.map(({ code }) => code)))].sort();
  return { isAllowed: false, code: 'NO_ELIGIBLE_ENDPOINT', reasons, policies };
}

function excludes({ code, enforced }: Exclusion): boolean {
  return enforced && !ownAffairs.has(code);
}
