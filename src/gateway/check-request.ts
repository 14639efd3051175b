import { badInput, GatewayError } from '../errors.ts';
import {
  type CompletionRequest,
  type PromptMessage,
  type RoutingPreferences,
  workloadPattern,
} from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';

const limits = {
  messages: 2000,
  tools: 256,
  fallbackModels: 16,
  labels: 16,
  labelCharacters: 64,
  modelCharacters: 256,
  sessionCharacters: 256,
  stopSequences: 16,
  callCharacters: 256,
  listEntries: 64,
  entryCharacters: 128,
  maxOutputTokens: 10_000_000,
  shortestDeadlineMs: 100,
  longestDeadlineMs: 3_600_000,
} as const;

const toolNamePattern = /^[A-Za-z0-9_.:-]{1,128}$/;

/**
 * Checks what every entrance shares, whichever way the request was written.
 *
 * @param allowedOptions Names that `providerOptions` may set, by protocol.
 * @throws {GatewayError} BAD_USER_INPUT with the path; FORBIDDEN for a workload that the caller may not name.
 */
export function checkRequest(
  principal: Principal,
  request: CompletionRequest,
  allowedOptions: Readonly<Record<string, readonly string[]>>,
): void {
  const { prompt, routing } = request;
  atMost('fallbackModels', request.fallbackModels.length, limits.fallbackModels);
  for (const name of [request.model, ...request.fallbackModels]) {
    if (name.length === 0 || name.length > limits.modelCharacters) throw badInput('model', 'is empty or too long');
  }
  if (request.fallbackModels.includes('auto')) throw badInput('fallbackModels', '"auto" is no fallback');
  if (prompt.messages.length === 0) throw badInput('messages', 'holds no message');
  atMost('messages', prompt.messages.length, limits.messages);
  prompt.messages.forEach(checkMessage);
  checkTools(request);
  checkOptions(request, allowedOptions);
  between('maxOutputTokens', prompt.maxOutputTokens, 1, limits.maxOutputTokens);
  between('temperature', prompt.temperature, 0, 2);
  between('topP', prompt.topP, 0, 1);
  between('topK', prompt.topK, 0, 1_000_000);
  between('frequencyPenalty', prompt.frequencyPenalty, -2, 2);
  between('presencePenalty', prompt.presencePenalty, -2, 2);
  atMost('stop', prompt.stop.length, limits.stopSequences);
  if (prompt.stop.includes('')) throw badInput('stop', 'holds an empty sequence');
  between('deadline', request.deadlineMs, limits.shortestDeadlineMs, limits.longestDeadlineMs);
  if (request.sessionId !== undefined) atMost('sessionId', request.sessionId.length, limits.sessionCharacters);
  checkLists(routing);
  if (routing.optimize === 'QUALITY') throw badInput('routing.optimize', 'QUALITY is not available yet');
  atMost('labels', request.labels.length, limits.labels);
  for (const { name, value } of request.labels) {
    if (name === '') throw badInput('labels', 'a label has no name');
    atMost('labels', Math.max(name.length, value.length), limits.labelCharacters);
  }
  checkWorkload(principal, request.workload);
}

function checkLists({ order, only, ignore, regions, quantizations }: RoutingPreferences): void {
  for (const [name, list] of Object.entries({ order, only, ignore, regions, quantizations })) {
    if (list === undefined) continue;
    atMost(`routing.${name}`, list.length, limits.listEntries);
    for (const entry of list) {
      if (entry === '') throw badInput(`routing.${name}`, 'holds an empty entry');
      atMost(`routing.${name}`, entry.length, limits.entryCharacters);
    }
  }
}

function checkMessage(message: PromptMessage, index: number): void {
  const path = `messages.${index}`;
  const isEmpty = message.parts.length === 0 && message.toolCalls.length === 0 && message.continuation === undefined;
  if (isEmpty) throw badInput(path, 'has no content');
  if (message.toolCalls.length > 0 && message.role !== 'ASSISTANT') {
    throw badInput(`${path}.toolCalls`, 'only an ASSISTANT message makes calls');
  }
  message.toolCalls.forEach(({ id, name }, call) => {
    atMost(`${path}.toolCalls.${call}.id`, id.length, limits.callCharacters);
    atMost(`${path}.toolCalls.${call}.name`, name.length, limits.callCharacters);
  });
  atMost(`${path}.toolCallId`, message.toolCallId?.length ?? 0, limits.callCharacters);
  if ((message.toolCallId !== undefined) !== (message.role === 'TOOL')) {
    throw badInput(`${path}.toolCallId`, 'belongs to a TOOL message, and to each of them');
  }
}

function checkTools({ prompt: { tools, toolChoice } }: CompletionRequest): void {
  atMost('tools', tools.length, limits.tools);
  const names = new Set<string>();
  tools.forEach(({ name }, index) => {
    if (!toolNamePattern.test(name))
      throw badInput(`tools.${index}.name`, 'letters, digits, _ . : - only, at most 128');
    if (names.has(name)) throw badInput(`tools.${index}.name`, 'is there twice');
    names.add(name);
  });
  if (toolChoice === undefined) return;
  if (toolChoice.mode === 'TOOL' && !names.has(toolChoice.name))
    throw badInput('toolChoice.name', 'is not among the tools');
  if (toolChoice.mode === 'REQUIRED' && tools.length === 0) throw badInput('toolChoice', 'there are no tools to call');
}

function checkOptions(
  { prompt }: CompletionRequest,
  allowedOptions: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [protocol, options] of Object.entries(prompt.providerOptions)) {
    const allowed = Object.hasOwn(allowedOptions, protocol) ? allowedOptions[protocol] : undefined;
    if (allowed === undefined) throw badInput('providerOptions', 'there is no such protocol');
    const unknown = Object.keys(options ?? {}).find(name => !allowed.includes(name));
    if (unknown !== undefined) {
      throw badInput('providerOptions', `an option is not allowed; ${protocol} takes ${allowed.join(', ')}`);
    }
  }
}

function checkWorkload(principal: Principal, workload: string): void {
  if (!workloadPattern.test(workload)) throw badInput('workload', 'letters, digits, . _ - only, 1 to 64 of them');
  if (principal.workloads !== undefined && !principal.workloads.includes(workload)) {
    throw new GatewayError(
      'FORBIDDEN',
      'This key or project lists its workloads, and the one named is not among them.',
    );
  }
}

function atMost(path: string, count: number, most: number): void {
  if (count > most) throw badInput(path, `at most ${most}`);
}

function between(path: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return;
  if (!(value >= least && value <= most)) throw badInput(path, `from ${least} to ${most}`);
}
