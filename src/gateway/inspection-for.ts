import { GatewayError } from '../errors.ts';
import type { PolicyContribution } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import { type ContentInspection, contentInspection } from '../privacy/inspect-value.ts';
import { compilePolicies } from './compiled-policies.ts';
import type { GatewayParts } from './core.ts';
import { evaluationFor } from './plan-request.ts';

const noContributions: readonly PolicyContribution[] = [];
const compiled = new WeakMap<Evaluation, ContentInspection>();

/**
 * What looks at a caller's values outside of a completion; compiled once for as long as nothing that binds it changes.
 *
 * @throws {GatewayError} POLICY_NOT_ENFORCEABLE, STORE_UNAVAILABLE.
 */
export function inspectionFor(parts: GatewayParts, principal: Principal | undefined): ContentInspection {
  const evaluation =
    principal === undefined
      ? compilePolicies(noContributions, parts.rules)
      : evaluationFor(parts, principal, 'default');
  if (evaluation.unenforceable.includes('CONTENT')) {
    throw new GatewayError('POLICY_NOT_ENFORCEABLE', 'A content rule is in force that this gateway cannot enforce.');
  }
  let inspection = compiled.get(evaluation);
  if (inspection === undefined) {
    inspection = contentInspection(evaluation.content);
    compiled.set(evaluation, inspection);
  }
  return inspection;
}
