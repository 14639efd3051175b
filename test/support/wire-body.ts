import type { MessageRole, PromptMessage, PromptPart } from '../../src/model/completion-request.ts';
import type { WireProtocol } from '../../src/providers/wire-protocol.ts';
import { clearedRequest, type RequestOverrides } from './cleared-request.ts';

/** The body that a request becomes, as JSON; the endpoint can reason unless `capabilities` says otherwise. */
export function wireBody(
  protocol: WireProtocol,
  overrides: RequestOverrides,
  capabilities: readonly 'REASONING'[] = ['REASONING'],
): Readonly<Record<string, unknown>> {
  const request = clearedRequest(overrides);
  const endpoint = { ...request.endpoint, capabilities: ['STREAMING' as const, ...capabilities] };
  return JSON.parse(protocol.encode({ ...request, endpoint }).body) as Readonly<Record<string, unknown>>;
}

export function textPart(text: string, cacheUpToHere = false): PromptPart {
  return { type: 'text', text, cacheUpToHere };
}

/** A message of one text, or of these parts. */
export function said(
  role: MessageRole,
  content: string | readonly PromptPart[],
  further: Partial<PromptMessage> = {},
): PromptMessage {
  return { role, parts: typeof content === 'string' ? [textPart(content)] : content, toolCalls: [], ...further };
}
