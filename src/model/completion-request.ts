import type { NanoDollars } from './money.ts';

export type MessageRole = 'SYSTEM' | 'USER' | 'ASSISTANT' | 'TOOL';

/** Either a URL that the provider fetches itself, or base64 data with its media type. */
export type MediaSource =
  | { readonly url: string; readonly mediaType?: string; readonly name?: string }
  | { readonly data: string; readonly mediaType: string; readonly name?: string };

/** `cacheUpToHere` is a prompt-cache breakpoint, where the endpoint has such. */
export type PromptPart =
  | { readonly type: 'text'; readonly text: string; readonly cacheUpToHere: boolean }
  | { readonly type: 'image' | 'audio' | 'file'; readonly media: MediaSource; readonly cacheUpToHere: boolean };

export interface PromptToolCall {
  readonly id: string;
  readonly name: string;
  /** A JSON document. */
  readonly arguments: string;
}

export interface PromptMessage {
  readonly role: MessageRole;
  readonly parts: readonly PromptPart[];
  /** On an ASSISTANT message: the calls that it made. */
  readonly toolCalls: readonly PromptToolCall[];
  /** On a TOOL message: the call that it answers. */
  readonly toolCallId?: string;
  /** The `continuation` of the answer that is given back here, unchanged. */
  readonly continuation?: string;
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** A JSON Schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly strict?: boolean;
}

export type ToolChoice =
  | { readonly mode: 'AUTO' | 'NONE' | 'REQUIRED' }
  | { readonly mode: 'TOOL'; readonly name: string };

export type ResponseFormat =
  | { readonly type: 'TEXT' | 'JSON_OBJECT' }
  | {
      readonly type: 'JSON_SCHEMA';
      readonly name: string;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly strict?: boolean;
    };

export type ReasoningEffort = 'NONE' | 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH';

export interface Reasoning {
  readonly effort?: ReasoningEffort;
  readonly maxTokens?: number;
  /** Reason, but do not deliver the reasoning. */
  readonly exclude: boolean;
}

/** Everything that shapes the answer: what a provider adapter turns into wire format. */
export interface Prompt {
  readonly messages: readonly PromptMessage[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly responseFormat: ResponseFormat;
  /** Always sent to the provider. */
  readonly maxOutputTokens: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop: readonly string[];
  readonly seed?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly reasoning?: Reasoning;
  /** Further wire parameters by protocol, already checked against that protocol's allow list. */
  readonly providerOptions: Readonly<Partial<Record<string, Readonly<Record<string, unknown>>>>>;
  /** The caller's own user, for abuse reports; adapters send it only hashed by the gateway. */
  readonly endUser?: string;
}

export type Optimize = 'COST' | 'LATENCY' | 'THROUGHPUT' | 'QUALITY' | 'BALANCED';
export type HandoffMode = 'TERMINATE' | 'CONTINUE' | 'RESTART';
/** COMPLETE: a stream is delivered only once it is whole. */
export type HoldMode = 'NONE' | 'COMPLETE';

/** Hard ceilings: nano-dollars per million tokens, and per request. */
export interface MaxPrice {
  readonly input?: NanoDollars;
  readonly output?: NanoDollars;
  readonly request?: NanoDollars;
}

/** What the caller asks of the router; it can narrow what policies allow, and never widen it. */
export interface RoutingPreferences {
  readonly optimize: Optimize;
  /** Providers or vendors to try first, in this order. */
  readonly order: readonly string[];
  readonly only?: readonly string[];
  readonly ignore: readonly string[];
  readonly allowFallbacks: boolean;
  readonly requireParameters: boolean;
  readonly regions?: readonly string[];
  readonly zeroDataRetention: boolean;
  readonly denyTraining: boolean;
  readonly quantizations?: readonly string[];
  readonly maxPrice?: MaxPrice;
  readonly preferredMaxLatencyMs?: number;
  /** Tokens per second. */
  readonly preferredMinThroughput?: number;
  /** Absent: as it is configured. */
  readonly handoff?: HandoffMode;
}

export interface Label {
  readonly name: string;
  readonly value: string;
}

/** What a workload's name may be. */
export const workloadPattern = /^[A-Za-z0-9._-]{1,64}$/;
/** The most tokens of an answer, where neither the caller nor a policy says so. */
export const defaultMaxOutputTokens = 4_096;
/** The time that a call may take, where the caller does not say so. */
export const defaultDeadlineMs = 300_000;

/** How many completions a node runs at a time, where nobody says so. */
export const defaultMaxCompletions = 5_000;

/** Whether the model is asked to reason, which may take long before anything is shown. */
export function isReasoning({ reasoning }: Prompt): boolean {
  return reasoning !== undefined && reasoning.effort !== 'NONE';
}

/** One request of a caller, checked and with its defaults filled in. */
export interface CompletionRequest {
  /** A model id, an endpoint id, an alias or "auto". */
  readonly model: string;
  readonly fallbackModels: readonly string[];
  readonly prompt: Prompt;
  readonly routing: RoutingPreferences;
  /** What the call is for: letters, digits, `.`, `_`, `-`, at most 64. */
  readonly workload: string;
  readonly labels: readonly Label[];
  readonly sessionId?: string;
  /** The whole call ends within this time. */
  readonly deadlineMs: number;
  /** The caller set no output limit, and `prompt.maxOutputTokens` is the usual one: budgets may put their own in its place. Default false. */
  readonly usesDefaultOutputLimit?: boolean;
  /** Of a stream; absent: as it is configured. */
  readonly hold?: HoldMode;
  /** Whether the caller reads the answer as a stream; a unary call is unary upstream too. */
  readonly stream: boolean;
}
