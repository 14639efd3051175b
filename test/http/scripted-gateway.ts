import { randomUUID } from 'node:crypto';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { CompletionRun, Gateway, RunOptions } from '../../src/gateway/gateway.ts';
import type { Endpoint, Model, Provider } from '../../src/model/catalog.ts';
import type { Answer, Completion, CompletionEvent } from '../../src/model/completion.ts';
import type { CompletionRequest } from '../../src/model/completion-request.ts';
import type { Principal } from '../../src/model/principal.ts';
import type { RouteDecision } from '../../src/model/route.ts';
import { createEventStream, type EventSource } from '../../src/stream/event-stream.ts';

export const endpoint: Endpoint = {
  id: 'acme/wise@acme-eu',
  modelId: 'acme/wise',
  providerId: 'acme-eu',
  wireModel: 'wise-1',
  price: { input: 500_000_000n, output: 1_500_000_000n, tiers: [] },
  contextTokens: 8_192,
  inputModalities: ['TEXT'],
  capabilities: ['STREAMING'],
  unsupportedParameters: [],
  deprecated: false,
};
const model: Model = {
  id: 'acme/wise',
  name: 'Wise',
  author: 'acme',
  contextTokens: 8_192,
  inputModalities: ['TEXT'],
  outputModalities: ['TEXT'],
  capabilities: ['STREAMING'],
  deprecated: false,
};
const provider: Provider = {
  id: 'acme-eu',
  name: 'Acme EU',
  vendor: 'acme',
  protocol: 'openai',
  dataPolicy: { retention: 'UNKNOWN' },
};
const route: RouteDecision = { candidates: [], policies: [], findings: [], workload: 'default' };

const catalog: Catalog = {
  models: [model],
  providers: [provider],
  configuredEndpoints: [endpoint],
  model: id => (id === model.id ? model : undefined),
  endpointsOf: id => (id === model.id ? [endpoint] : []),
  endpoint: id => (id === endpoint.id ? endpoint : undefined),
  provider: id => (id === provider.id ? provider : undefined),
  isConfigured: id => id === provider.id,
  resolve: name => (name === model.id ? { modelId: model.id } : undefined),
};

/** A run that a test plays by hand. */
export interface ScriptedRun {
  readonly principal: Principal;
  readonly request: CompletionRequest;
  readonly options: RunOptions;
  readonly id: string;
  readonly isCancelled: boolean;
  /** Resolves when the caller has left. */
  readonly cancelled: Promise<void>;
  /** Resolves once the reader can take more after it could not. */
  readonly resumed: () => Promise<void>;
  accept(): void;
  start(): void;
  /** What arrives in one read. False: the reader is full. */
  deltas(...deltas: readonly Delta[]): boolean;
  finish(answer?: Partial<Answer>): void;
  fail(code: ErrorCode, type?: 'failed' | 'incomplete'): void;
}

type Delta =
  | { readonly type: 'text' | 'reasoning' | 'refusal'; readonly text: string }
  | {
      readonly type: 'tool-call';
      readonly index: number;
      readonly id?: string;
      readonly name?: string;
      readonly arguments: string;
    };

export interface ScriptedGateway {
  readonly gateway: Gateway;
  readonly runs: readonly ScriptedRun[];
  /** The next run that begins. */
  nextRun(): Promise<ScriptedRun>;
}

/** A gateway without providers: each run waits for its test to play it. */
export function scriptedGateway(): ScriptedGateway {
  const runs: ScriptedRun[] = [];
  const waiting: ((run: ScriptedRun) => void)[] = [];

  const gateway: Gateway = {
    catalog,
    run(principal, request, options): CompletionRun {
      const { run, source } = scriptRun(principal, request, options);
      runs.push(run);
      waiting.shift()?.(run);
      return { id: run.id, events: source.stream, limitsLeft: [] };
    },
    runOnce: async (...asked) => gateway.run(...asked),
    reattach: () => Promise.reject(new Error('not scripted')),
    route: () => route,
    cancel: () => Promise.reject(new Error('not scripted')),
    completions: async (_, ids) => ids.map(() => undefined),
    listCompletions: () => Promise.reject(new Error('not scripted')),
    usage: () => Promise.reject(new Error('not scripted')),
    statement: () => Promise.reject(new Error('not scripted')),
    dependencyAudit: () => Promise.reject(new Error('not scripted')),
    exclusionsFor: () => () => [],
    effectivePolicy: () => ({ contributions: [], unenforceable: [], budgets: [] }),
    contentInspection: () => ({}),
    budgetStates: () => Promise.resolve([]),
    health: () => ({ state: 'UNKNOWN', hadRecentOutage: false }) as ReturnType<Gateway['health']>,
    with: () => gateway,
    observedBy: () => gateway,
  };
  return {
    gateway,
    runs,
    nextRun: () =>
      new Promise((resolve, reject) => {
        const guard = setTimeout(() => reject(new Error('no run began within 2 s')), 2_000);
        waiting.push(run => {
          clearTimeout(guard);
          resolve(run);
        });
      }),
  };
}

function scriptRun(
  principal: Principal,
  request: CompletionRequest,
  options: RunOptions,
): { readonly run: ScriptedRun; readonly source: EventSource<CompletionEvent> } {
  const id = `01980000-0000-7000-8000-${randomUUID().slice(24)}`;
  const cancelled = Promise.withResolvers<void>();
  let resumed = Promise.withResolvers<void>();
  let isCancelled = false;
  let seq = 0;
  const source = createEventStream<CompletionEvent>({
    onCancel() {
      isCancelled = true;
      cancelled.resolve();
    },
    onResume() {
      resumed.resolve();
      resumed = Promise.withResolvers<void>();
    },
  });
  const next = () => ({ completionId: id, seq: seq++ });
  const completion = (members: Partial<Completion>): Completion => ({
    id,
    tenantId: principal.tenantId,
    projectId: principal.projectId,
    status: 'FINISHED',
    usage: {
      inputTokens: 11,
      outputTokens: 7,
      reasoningTokens: 2,
      cachedInputTokens: 3,
      cacheWriteTokens: 0,
      cacheWriteLongTokens: 0,
      cost: 16_000n,
      estimated: false,
    },
    attempts: [],
    redactions: [],
    createdAt: 1_767_225_600_000,
    workload: request.workload,
    labels: request.labels,
    ...members,
  });
  const run: ScriptedRun = {
    principal,
    request,
    options,
    id,
    get isCancelled() {
      return isCancelled;
    },
    cancelled: cancelled.promise,
    resumed: () => resumed.promise,
    accept() {
      source.write([{ type: 'accepted', ...next(), route }]);
    },
    start() {
      source.write([{ type: 'started', ...next(), endpoint }]);
    },
    deltas: (...deltas) => source.write(deltas.map(delta => ({ ...delta, ...next() }))),
    finish(members = {}) {
      const answer: Answer = {
        text: '',
        reasoning: '',
        refusal: '',
        citations: [],
        media: [],
        toolCalls: [],
        ...members,
      };
      const finished = completion({
        answer,
        endpointId: endpoint.id,
        finishReason: 'STOP',
        finishedAt: 1_767_225_601_000,
      });
      source.write([{ type: 'finished', ...next(), completion: finished }]);
      source.end();
    },
    fail(code, type = 'failed') {
      const error = { code, message: `scripted ${code}`, retryable: code === 'PROVIDER_FAILED', excludedBy: [] };
      const status = type === 'failed' ? 'FAILED' : 'INCOMPLETE';
      source.write([{ type, ...next(), error, completion: completion({ status, error }) }]);
      source.end();
    },
  };
  return { run, source };
}
