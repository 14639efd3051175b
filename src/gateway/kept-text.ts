import type { CompletionRequest } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { GatewayParts } from './core.ts';
import { evaluationFor } from './plan-request.ts';

/** For how long the policies in force let the gateway keep the text of this request; 0: not at all. */
export function textKeptMs(parts: GatewayParts, principal: Principal, request: CompletionRequest): number {
  const { mayStore, keepContentMs } = evaluationFor(parts, principal, request.workload);
  return mayStore && !request.routing.zeroDataRetention ? Math.max(0, keepContentMs) : 0;
}
