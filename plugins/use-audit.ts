import type { ErrorCode } from '../src/errors.ts';
import type { GatewayObserver } from '../src/gateway/observer.ts';
import type { CompletionStatus } from '../src/model/completion.ts';
import { formatDollars } from '../src/model/money.ts';
import type { Redaction } from '../src/model/redaction.ts';
import type { ExclusionCode, PolicyRef, RouteDecision } from '../src/model/route.ts';
import type { TokenUsage } from '../src/model/usage.ts';
import type { ClosedCompletion, OpenedCompletion } from '../src/stores/ledger-store.ts';
import { carry, type GatewayOption, type GovernancePlugin } from './part.ts';

/** What became of one completion. Facts only, no prompt and no answer; it can be written as JSON as it is. */
export interface CompletionRecord {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly finishedAt: number;
  readonly tenantId: string;
  readonly projectId: string;
  readonly apiKeyId?: string;
  readonly user?: string;
  /** By the schema's own fields, or out of a resolver of the host. */
  readonly entrance: OpenedCompletion['entrance'];
  readonly requestId?: string;
  readonly workload: string;
  readonly requestedModel: string;
  /** The endpoint that answered. */
  readonly endpointId?: string;
  readonly status: Exclude<CompletionStatus, 'RUNNING'>;
  readonly errorCode?: ErrorCode;
  /** Every policy that was looked at, by revision. */
  readonly policies: readonly PolicyRef[];
  /** How many endpoints were excluded, by their first reason. */
  readonly exclusions: readonly ExcludedEndpoints[];
  readonly redactions: readonly Redaction[];
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Decimal dollars: `0.00117599`. */
  readonly cost: string;
  /** True where a provider did not report it all. */
  readonly isEstimated: boolean;
}

export interface ExcludedEndpoints {
  readonly code: ExclusionCode;
  readonly policy?: PolicyRef;
  /** False under MONITOR: nothing was excluded. */
  readonly enforced: boolean;
  readonly endpoints: number;
}

export interface AuditOptions extends GatewayOption {
  /** Takes the record of every completion that went through this server, once it has ended and is booked. */
  readonly write: (record: CompletionRecord) => void | Promise<void>;
  /** Told when `write` throws or rejects; the completion is not held up. Default: a warning of the process. */
  readonly onFault?: (fault: unknown) => void;
}

/** Writes one record for every completion that goes through this server; those of other servers are not seen. */
export function useAudit({ gateway, ...options }: AuditOptions): GovernancePlugin {
  return carry({
    plugin: 'useAudit',
    ...(gateway === undefined ? {} : { gateway }),
    observer: auditObserver(options),
  });
}

/**
 * As `useAudit`: the observer that writes the records.
 *
 * @throws {TypeError} Where nothing takes them.
 */
export function auditObserver({ write, onFault = warn }: Omit<AuditOptions, 'gateway'>): GatewayObserver {
  if (typeof write !== 'function') throw new TypeError('write: a function that takes the records is needed');
  async function writeQuietly(record: CompletionRecord): Promise<void> {
    try {
      await write(record);
    } catch (fault) {
      onFault(fault);
    }
  }

  return {
    opened(opened, requestId) {
      let attempts = 0;
      return {
        attemptOpened() {
          attempts += 1;
          return undefined;
        },
        closed(closed, usage) {
          const record = recordOf(opened, closed, usage, attempts, requestId);
          void writeQuietly(record);
        },
      };
    },
  };
}

function recordOf(
  opened: OpenedCompletion,
  closed: ClosedCompletion,
  usage: TokenUsage,
  attempts: number,
  requestId: string | undefined,
): CompletionRecord {
  const { apiKeyId, user, route } = opened;
  const { endpointId, error } = closed;
  return {
    id: opened.id,
    at: opened.createdAt,
    finishedAt: closed.finishedAt,
    tenantId: opened.tenantId,
    projectId: opened.projectId,
    ...(apiKeyId === undefined ? {} : { apiKeyId }),
    ...(user === undefined ? {} : { user }),
    entrance: opened.entrance,
    ...(requestId === undefined ? {} : { requestId }),
    workload: opened.workload,
    requestedModel: opened.requestedModel,
    ...(endpointId === undefined ? {} : { endpointId }),
    status: closed.status,
    ...(error === undefined ? {} : { errorCode: error.code }),
    policies: route?.policies ?? [],
    exclusions: countExclusions(route),
    redactions: closed.redactions,
    attempts,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cost: formatDollars(usage.cost),
    isEstimated: usage.estimated,
  };
}

function countExclusions(route: RouteDecision | undefined): readonly ExcludedEndpoints[] {
  const counts = new Map<string, ExcludedEndpoints>();
  for (const { exclusions } of route?.candidates ?? []) {
    const [first] = exclusions;
    if (first === undefined) continue;
    const { code, policy, enforced } = first;
    const key = `${code} ${policy?.policyId} ${policy?.revision} ${enforced}`;
    const endpoints = (counts.get(key)?.endpoints ?? 0) + 1;
    counts.set(key, { code, ...(policy === undefined ? {} : { policy }), enforced, endpoints });
  }
  return [...counts.values()];
}

function warn(fault: unknown): void {
  // The message of foreign code may hold anything.
  const name = fault instanceof Error ? fault.name : typeof fault;
  process.emitWarning(`useAudit: a record could not be written (${name})`, { code: 'TOLLGATE_AUDIT' });
}
