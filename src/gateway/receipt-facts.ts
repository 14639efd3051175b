import { createHash } from 'node:crypto';
import type { Completion } from '../model/completion.ts';
import type { Prompt } from '../model/completion-request.ts';
import { formatDollars } from '../model/money.ts';
import type { PolicyContribution } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import { countExclusions } from '../routing/exclusion-counts.ts';
import type { CompletionFacts } from './facts.ts';
import type { ReceiptFacts } from './receipts.ts';

/**
 * What a receipt says of an ended completion.
 *
 * @param hashPrincipal A keyed hash: who holds the key can tell whom a receipt is about, nobody else.
 */
export function receiptFacts(
  { planned, principal, request }: CompletionFacts,
  completion: Completion,
  hashPrincipal: (text: string) => string,
): ReceiptFacts {
  const { id, status, error, endpointId, usage, redactions, createdAt, finishedAt = createdAt, answer } = completion;
  const { evaluation, decision, mayStore, prompt } = planned;
  const claims = {
    id,
    createdAt: new Date(createdAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    principal: hashPrincipal(principalText(principal)),
    workload: request.workload,
    status,
    ...(error === undefined ? {} : { error: error.code }),
    policies: evaluation.contributions.map(policyClaim),
    ...(endpointId === undefined ? {} : { endpoint: endpointClaim(planned, endpointId) }),
    exclusions: countExclusions(decision.candidates).map(({ code, policy, endpoints }) => ({
      code,
      endpoints,
      ...(policy === undefined ? {} : { policy: policy.policyId }),
    })),
    redactions,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cost: formatDollars(usage.cost),
  };
  if (!mayStore) return { claims };
  return { claims, texts: { prompt: promptText(prompt), answer: answer?.text ?? '' } };
}

/** The texts of all messages, in their order, with a line feed between two: what the digest of a prompt covers. */
export function promptText({ messages }: Pick<Prompt, 'messages'>): string {
  return messages.flatMap(({ parts }) => parts.flatMap(part => (part.type === 'text' ? [part.text] : []))).join('\n');
}

/** The digest of a policy's settings: SHA-256, in hex, of its mode and rules as JSON with members in order of their names. */
function policyClaim({ policy, mode, rules }: PolicyContribution) {
  const sha256 = createHash('sha256').update(canonical({ mode, rules })).digest('hex');
  return policy === undefined ? { mode, sha256 } : { id: policy.policyId, revision: policy.revision, mode, sha256 };
}

function endpointClaim({ attempts }: CompletionFacts['planned'], endpointId: string) {
  const provider = attempts.find(({ endpoint }) => endpoint.id === endpointId)?.provider;
  return {
    id: endpointId,
    ...(provider === undefined ? {} : { region: provider.region ?? null, dataPolicy: provider.dataPolicy }),
  };
}

function principalText({ projectId, apiKeyId = '', user = '' }: Principal): string {
  return JSON.stringify([projectId, apiKeyId, user]);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return member.toString();
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
