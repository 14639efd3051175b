import type { RoutingPreferences } from '../model/completion-request.ts';
import { noUsage, type TokenUsage } from '../model/usage.ts';
import type {
  ClosedCompletion,
  LedgerStore,
  OpenedAttempt,
  OpenedCompletion,
  SettledAttempt,
} from '../stores/ledger-store.ts';

const routing: RoutingPreferences = {
  optimize: 'BALANCED',
  order: [],
  ignore: [],
  allowFallbacks: true,
  requireParameters: false,
  zeroDataRetention: false,
  denyTraining: false,
  handoff: 'TERMINATE',
};

/** A UUIDv7 of this instant; ids rise with `serial`. */
export function idAt(instant: number, serial: number): string {
  const time = instant.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${serial.toString(16).padStart(12, '0')}`;
}

/** A number of tokens in and out, at a cost in nano-dollars. */
export function usage(tokens: number, cost: bigint): TokenUsage {
  return { ...noUsage, inputTokens: tokens, outputTokens: tokens * 2, cost };
}

/** A completion of tenant `a`, where `facts` do not say otherwise. */
export function opened(id: string, createdAt: number, facts: Partial<OpenedCompletion> = {}): OpenedCompletion {
  return {
    id,
    createdAt,
    tenantId: 'a',
    projectId: 'a',
    projectPath: ['a'],
    entrance: 'GRAPHQL',
    requestedModel: 'auto',
    fallbackModels: [],
    workload: 'chat',
    labels: [],
    features: ['STREAMING'],
    inputModalities: ['TEXT'],
    estimatedInputTokens: 10,
    maxOutputTokens: 100,
    routing,
    redactions: [],
    ...facts,
  };
}

/** An attempt at `author/model@provider`, where `facts` do not say otherwise; a crash books 1000 nano-dollars. */
export function attempted(
  completion: OpenedCompletion,
  serial: number,
  facts: Partial<OpenedAttempt> = {},
): OpenedAttempt {
  return {
    id: idAt(completion.createdAt, serial),
    completionId: completion.id,
    startedAt: completion.createdAt,
    endpointId: 'author/model@provider',
    modelId: 'author/model',
    providerId: 'provider',
    vendor: 'vendor',
    assumedOnCrash: { ...usage(100, 1000n), estimated: true },
    ...facts,
  };
}

/** How an attempt ended: well and with 5 tokens at 7 nano-dollars, where `facts` do not say otherwise. */
export function settled(attempt: OpenedAttempt, facts: Partial<SettledAttempt> = {}): SettledAttempt {
  const { id, completionId, startedAt } = attempt;
  return {
    id,
    completionId,
    startedAt,
    outcome: 'SUCCEEDED',
    status: 200,
    durationMs: 20,
    usage: usage(5, 7n),
    ...facts,
  };
}

/** How a completion ended: finished after 30 ms, where `facts` do not say otherwise. */
export function closed(completion: OpenedCompletion, facts: Partial<ClosedCompletion> = {}): ClosedCompletion {
  const { id, createdAt } = completion;
  return { id, createdAt, status: 'FINISHED', finishedAt: createdAt + 30, overheadMs: 0.5, redactions: [], ...facts };
}

/** Opens, settles and closes a completion of one attempt; it costs `serial` nano-dollars. */
export async function book(
  store: LedgerStore,
  serial: number,
  at: number,
  facts: Partial<OpenedCompletion> = {},
  tried: Partial<OpenedAttempt> = {},
): Promise<OpenedCompletion> {
  const completion = opened(idAt(at, serial), at, facts);
  const attempt = attempted(completion, 1000 + serial, tried);
  await Promise.all([
    store.openCompletion(completion),
    store.openAttempt(attempt),
    store.settleAttempt(settled(attempt, { usage: usage(serial, BigInt(serial)) })),
    store.closeCompletion(closed(completion, { endpointId: attempt.endpointId })),
  ]);
  return completion;
}
