import { badInput, GatewayError } from '../../errors.ts';
import {
  type CompletionRequest,
  defaultDeadlineMs,
  defaultMaxOutputTokens,
  type Label,
  type Prompt,
  type Reasoning,
  type ReasoningEffort,
  type ResponseFormat,
  type Tool,
  type ToolChoice,
  workloadPattern,
} from '../../model/completion-request.ts';
import { readHandoff, readHold } from '../stream-headers.ts';
import { type ChatRequestBody, chatRequestBody } from './chat-request-body.ts';
import { readMessages } from './read-messages.ts';
import { readRouting } from './read-routing.ts';
import { mostSessionCharacters, sessionOf } from './session-of.ts';
import { refuseUnsupported } from './unsupported-parameters.ts';

export interface ChatRequest {
  readonly request: CompletionRequest;
  /** Whether a stream ends with a chunk that holds the usage. */
  readonly includesUsage: boolean;
}

const efforts: Readonly<Record<'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh', ReasoningEffort>> = {
  none: 'NONE',
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
};

/** What headers add to a body. */
export interface ChatHeaders {
  /** `x-tollgate-workload`. Default: "default". */
  readonly workload?: string;
  /** `x-session-id`. */
  readonly session?: string;
  /** `x-tollgate-handoff`: terminate, continue or restart. Default: as it is configured. */
  readonly handoff?: string;
  /** `x-tollgate-hold`: none or complete. Default: as it is configured. */
  readonly hold?: string;
}

/**
 * Reads the body of `POST /v1/chat/completions`.
 *
 * @throws {GatewayError} BAD_USER_INPUT that names the member which is wrong, unknown, or cannot be honoured.
 */
export function readChatRequest(body: unknown, { workload, session, ...headers }: ChatHeaders = {}): ChatRequest {
  const parsed = chatRequestBody.safeParse(body);
  if (!parsed.success) throw describe(parsed.error.issues);
  const chat = parsed.data;
  refuseUnsupported(chat);
  if (workload !== undefined && !workloadPattern.test(workload)) {
    throw badInput('x-tollgate-workload', 'letters, digits, ".", "_", "-", at most 64');
  }
  const [firstModel, ...otherModels] =
    chat.model === undefined ? (chat.models ?? []) : [chat.model, ...(chat.models ?? [])];
  const fallbackModels = [...new Set(otherModels)].filter(model => model !== firstModel);
  const stream = chat.stream ?? false;
  if (session !== undefined && (session === '' || session.length > mostSessionCharacters)) {
    throw badInput('x-session-id', `1 to ${mostSessionCharacters} characters`);
  }
  const prompt = readPrompt(chat);
  const handoff = readHandoff(headers.handoff);
  const hold = readHold(headers.hold);
  return {
    request: {
      model: firstModel ?? 'auto',
      fallbackModels,
      prompt,
      routing: {
        ...readRouting(chat.provider, fallbackModels.length > 0),
        ...(handoff === undefined ? {} : { handoff }),
      },
      workload: workload ?? 'default',
      labels: readLabels(chat.metadata),
      sessionId: sessionOf(chat, session, prompt),
      deadlineMs: defaultDeadlineMs,
      stream,
      ...(hold === undefined ? {} : { hold }),
      ...((chat.max_completion_tokens ?? chat.max_tokens) == null ? { usesDefaultOutputLimit: true } : {}),
    },
    includesUsage: chat.stream_options?.include_usage === true || chat.usage?.include === true,
  };
}

function readPrompt(chat: ChatRequestBody): Prompt {
  const limit = chat.max_completion_tokens ?? chat.max_tokens ?? defaultMaxOutputTokens;
  const reasoning = readReasoning(chat);
  const endUser = chat.user ?? chat.safety_identifier ?? undefined;
  return {
    messages: readMessages(chat.messages),
    tools: (chat.tools ?? []).map(readTool),
    ...(chat.tool_choice == null ? {} : { toolChoice: readToolChoice(chat.tool_choice) }),
    ...(chat.parallel_tool_calls == null ? {} : { parallelToolCalls: chat.parallel_tool_calls }),
    responseFormat: readResponseFormat(chat.response_format),
    maxOutputTokens: limit,
    ...(chat.temperature == null ? {} : { temperature: chat.temperature }),
    ...(chat.top_p == null ? {} : { topP: chat.top_p }),
    ...(chat.top_k == null ? {} : { topK: chat.top_k }),
    stop: typeof chat.stop === 'string' ? [chat.stop] : (chat.stop ?? []),
    ...(chat.seed == null ? {} : { seed: chat.seed }),
    ...(chat.frequency_penalty == null ? {} : { frequencyPenalty: chat.frequency_penalty }),
    ...(chat.presence_penalty == null ? {} : { presencePenalty: chat.presence_penalty }),
    ...(reasoning === undefined ? {} : { reasoning }),
    providerOptions: readProviderOptions(chat),
    ...(endUser === undefined ? {} : { endUser }),
  };
}

function readReasoning(chat: ChatRequestBody): Reasoning | undefined {
  const { reasoning } = chat;
  const named = reasoning?.effort ?? chat.reasoning_effort ?? undefined;
  const maxTokens = reasoning?.max_tokens ?? undefined;
  const switched: ReasoningEffort | undefined =
    reasoning?.enabled === false
      ? 'NONE'
      : reasoning?.enabled === true && maxTokens === undefined
        ? 'MEDIUM'
        : undefined;
  const effort = named === undefined || reasoning?.enabled === false ? switched : efforts[named];
  const exclude = reasoning?.exclude === true || chat.include_reasoning === false;
  if (effort === undefined && maxTokens === undefined && !exclude) return undefined;
  return { ...(effort === undefined ? {} : { effort }), ...(maxTokens === undefined ? {} : { maxTokens }), exclude };
}

/** Sampling parameters that only the OpenAI protocol has a place for. */
function readProviderOptions(chat: ChatRequestBody): Prompt['providerOptions'] {
  const openai = {
    ...(chat.logit_bias == null ? {} : { logit_bias: chat.logit_bias }),
    ...(chat.verbosity == null ? {} : { verbosity: chat.verbosity }),
    ...(chat.min_p == null ? {} : { min_p: chat.min_p }),
    ...(chat.top_a == null ? {} : { top_a: chat.top_a }),
    ...(chat.repetition_penalty == null ? {} : { repetition_penalty: chat.repetition_penalty }),
  };
  return Object.keys(openai).length === 0 ? {} : { openai };
}

function readTool({ function: tool }: NonNullable<ChatRequestBody['tools']>[number]): Tool {
  return {
    name: tool.name,
    ...(tool.description == null ? {} : { description: tool.description }),
    parameters: tool.parameters ?? { type: 'object', properties: {} },
    ...(tool.strict == null ? {} : { strict: tool.strict }),
  };
}

function readToolChoice(choice: NonNullable<ChatRequestBody['tool_choice']>): ToolChoice {
  if (typeof choice === 'object') return { mode: 'TOOL', name: choice.function.name };
  return { mode: choice === 'none' ? 'NONE' : choice === 'auto' ? 'AUTO' : 'REQUIRED' };
}

function readResponseFormat(format: ChatRequestBody['response_format']): ResponseFormat {
  if (format == null || format.type === 'text') return { type: 'TEXT' };
  if (format.type === 'json_object') return { type: 'JSON_OBJECT' };
  const { name, schema, strict } = format.json_schema;
  return { type: 'JSON_SCHEMA', name, schema, ...(strict == null ? {} : { strict }) };
}

function readLabels(metadata: ChatRequestBody['metadata']): readonly Label[] {
  const labels = Object.entries(metadata ?? {}).map(([name, value]) => ({ name, value }));
  if (labels.length > 16) throw badInput('metadata', 'at most 16 entries');
  for (const { name, value } of labels) {
    if (name.length > 64 || value.length > 64)
      throw badInput('metadata', 'names and values have at most 64 characters');
  }
  return labels;
}

type Issue = Readonly<{
  code: string;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
  errors?: unknown;
}>;

/** The first fault, in words that name the place and never quote the input. */
function describe(issues: readonly Issue[]): GatewayError {
  const [issue] = issues;
  if (issue === undefined) return new GatewayError('BAD_USER_INPUT', 'the body is not a chat completion request');
  const at = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys ?? [];
    const member = /^[\w.-]{1,64}$/.test(key) ? key : 'a member';
    return badInput(at === '' ? member : `${at}.${member}`, 'is not known here');
  }
  return badInput(
    at === '' ? 'body' : at,
    issue.code === 'invalid_union' ? 'has none of the forms that are allowed' : issue.message,
  );
}
