import type { Completion } from '../model/completion.ts';
import type { KeptContent } from '../stores/content-store.ts';
import type { RunParts } from './core.ts';
import type { CompletionFacts } from './facts.ts';
import { evaluationFor } from './plan-request.ts';

/**
 * What is kept of an ended completion: nothing, unless a retention rule says for how long. Of the policies that were
 * pinned and those in force at its end the shorter time holds.
 */
export function contentToKeep(
  parts: RunParts,
  { principal, request, planned }: CompletionFacts,
  { id, createdAt, tenantId, projectId, answer, finishedAt = createdAt }: Completion,
): KeptContent | undefined {
  if (!planned.mayStore) return undefined;
  const newest = evaluationFor(parts, principal, request.workload);
  const keepMs = Math.min(planned.evaluation.keepContentMs, newest.keepContentMs);
  if (keepMs <= 0) return undefined;
  return {
    completionId: id,
    createdAt,
    tenantId,
    projectId,
    projectPath: principal.projectPath,
    keepUntil: finishedAt + keepMs,
    prompt: JSON.stringify(planned.prompt),
    answer: JSON.stringify(answer ?? null),
    ...(principal.apiKeyId === undefined ? {} : { apiKeyId: principal.apiKeyId }),
    ...(principal.user === undefined ? {} : { user: principal.user }),
  };
}
