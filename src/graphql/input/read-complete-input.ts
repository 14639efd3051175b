import { badInput } from '../../errors.ts';
import {
  type CompletionRequest,
  defaultDeadlineMs,
  defaultMaxOutputTokens,
  type Label,
  type Prompt,
  workloadPattern,
} from '../../model/completion-request.ts';
import type { CompleteInput, LabelInput } from '../resolvers.generated.ts';
import { checkCount, checkNames, checkRange, checkText, given } from './check-input.ts';
import { readMessages } from './read-messages.ts';
import { readRouting } from './read-routing.ts';
import { readProviderOptions, readReasoning, readResponseFormat, readToolChoice, readTools } from './read-tools.ts';

const shortestDeadlineMs = 1_000;
const longestDeadlineMs = 3_600_000;

export interface ReadingOptions {
  /** The name of the GraphQL operation, which is the workload where none is given. */
  readonly operationName?: string | undefined;
  /** Whether the caller reads the answer as a stream. */
  readonly stream: boolean;
}

/**
 * Turns what a caller wrote into a request of the gateway: checked, with its defaults filled in.
 *
 * @throws {GatewayError} BAD_USER_INPUT with the path of what is wrong: `input.messages.0.text`.
 */
export function readCompleteInput(input: CompleteInput, { operationName, stream }: ReadingOptions): CompletionRequest {
  const { model = 'auto', fallbackModels = [], sessionId, deadline, routing } = input;
  checkText('input.model', model, 256);
  checkNames('input.fallbackModels', fallbackModels, 16);
  if (sessionId != null) checkText('input.sessionId', sessionId, 256);
  if (deadline != null && !(deadline >= shortestDeadlineMs && deadline <= longestDeadlineMs)) {
    throw badInput('input.deadline', 'from PT1S to PT1H');
  }
  return {
    model,
    fallbackModels,
    prompt: readPrompt(input),
    routing: readRouting('input.routing', routing ?? {}),
    workload: readWorkload(input.workload, operationName),
    labels: readLabels('input.labels', input.labels ?? []),
    ...given('sessionId', sessionId),
    deadlineMs: deadline ?? defaultDeadlineMs,
    ...(input.maxOutputTokens == null ? { usesDefaultOutputLimit: true } : {}),
    stream,
  };
}

function readPrompt(input: CompleteInput): Prompt {
  const { maxOutputTokens, stop = [], toolChoice, responseFormat, reasoning, endUser } = input;
  checkRange('input.maxOutputTokens', maxOutputTokens, 1, 10_000_000);
  checkRange('input.temperature', input.temperature, 0, 2);
  checkRange('input.topP', input.topP, 0, 1);
  checkRange('input.topK', input.topK, 1, 1_000_000);
  checkRange('input.frequencyPenalty', input.frequencyPenalty, -2, 2);
  checkRange('input.presencePenalty', input.presencePenalty, -2, 2);
  checkNames('input.stop', stop, 16);
  if (endUser != null) checkText('input.endUser', endUser, 256);
  const tools = readTools('input.tools', input.tools ?? []);
  return {
    messages: readMessages('input.messages', input.messages),
    tools,
    ...(toolChoice == null ? {} : { toolChoice: readToolChoice('input.toolChoice', toolChoice, tools) }),
    ...given('parallelToolCalls', input.parallelToolCalls),
    responseFormat:
      responseFormat == null ? { type: 'TEXT' } : readResponseFormat('input.responseFormat', responseFormat),
    maxOutputTokens: maxOutputTokens ?? defaultMaxOutputTokens,
    ...given('temperature', input.temperature),
    ...given('topP', input.topP),
    ...given('topK', input.topK),
    stop,
    ...given('seed', input.seed),
    ...given('frequencyPenalty', input.frequencyPenalty),
    ...given('presencePenalty', input.presencePenalty),
    ...(reasoning == null ? {} : { reasoning: readReasoning('input.reasoning', reasoning) }),
    providerOptions: readProviderOptions('input.providerOptions', input.providerOptions ?? []),
    ...given('endUser', endUser),
  };
}

/** The name of an operation is the caller's own, so one that is no workload's name falls back to the default. */
function readWorkload(workload: string | null | undefined, operationName: string | undefined): string {
  if (workload == null) {
    return operationName !== undefined && workloadPattern.test(operationName) ? operationName : 'default';
  }
  if (!workloadPattern.test(workload)) throw badInput('input.workload', 'letters, digits, . _ - only, 1 to 64 of them');
  return workload;
}

/** At most 16, none twice, since usage is grouped by their names. */
export function readLabels(path: string, labels: readonly LabelInput[]): readonly Label[] {
  checkCount(path, labels, 16);
  const names = new Set<string>();
  return labels.map(({ name, value }, index) => {
    checkText(`${path}.${index}.name`, name, 64);
    if (value.length > 64) throw badInput(`${path}.${index}.value`, `at most 64 characters, not ${value.length}`);
    if (names.has(name)) throw badInput(`${path}.${index}.name`, 'is there twice');
    names.add(name);
    return { name, value };
  });
}
