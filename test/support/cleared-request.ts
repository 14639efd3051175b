import type { Prompt } from '../../src/model/completion-request.ts';
import type { Cleared } from '../../src/policy/cleared.ts';
import type { ProviderRequest } from '../../src/providers/provider.ts';

export interface RequestOverrides {
  readonly providerId?: string;
  readonly modelId?: string;
  readonly wireModel?: string;
  readonly stream?: boolean;
  readonly mayStore?: boolean;
  readonly continuesAnswer?: boolean;
  readonly traceparent?: string;
  readonly prompt?: Partial<Prompt>;
}

/** A request as policy evaluation would clear it: the brand is of types only. */
export function clearedRequest(overrides: RequestOverrides = {}): Cleared<ProviderRequest> {
  const { providerId = 'acme', modelId = 'acme/one', wireModel = 'one', stream = true, mayStore = false } = overrides;
  const request: ProviderRequest = {
    endpoint: {
      id: `${modelId}@${providerId}`,
      modelId,
      providerId,
      wireModel,
      contextTokens: 8_192,
      inputModalities: ['TEXT'],
      capabilities: ['STREAMING'],
      unsupportedParameters: [],
      deprecated: false,
    },
    prompt: {
      messages: [{ role: 'USER', parts: [{ type: 'text', text: 'Hello', cacheUpToHere: false }], toolCalls: [] }],
      tools: [],
      responseFormat: { type: 'TEXT' },
      maxOutputTokens: 64,
      stop: [],
      providerOptions: {},
      ...overrides.prompt,
    },
    stream,
    mayStore,
    ...(overrides.continuesAnswer === undefined ? {} : { continuesAnswer: overrides.continuesAnswer }),
  };
  return request as Cleared<ProviderRequest>;
}
