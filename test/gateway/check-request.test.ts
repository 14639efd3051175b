import { expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { checkRequest } from '../../src/gateway/check-request.ts';
import type { PromptMessage } from '../../src/model/completion-request.ts';
import { principal, request } from '../support/open-gate.ts';

const parts = [{ type: 'text', text: 'sunny', cacheUpToHere: false }] as const;

function pathRefused(message: PromptMessage): string | undefined {
  try {
    checkRequest(principal(), request({ prompt: { messages: [message] } }), {});
    return undefined;
  } catch (fault) {
    if (!(fault instanceof GatewayError)) throw fault;
    return fault.path;
  }
}

const called = (id: string, name: string): PromptMessage => ({
  role: 'ASSISTANT',
  parts: [],
  toolCalls: [{ id, name, arguments: '{}' }],
});
const answered = (toolCallId: string): PromptMessage => ({ role: 'TOOL', parts, toolCalls: [], toolCallId });

test.each([
  ['the id of a call', (text: string) => called(text, 'weather'), 'messages.0.toolCalls.0.id'],
  ['the name of a call', (text: string) => called('a', text), 'messages.0.toolCalls.0.name'],
  ['the call that a result answers', (text: string) => answered(text), 'messages.0.toolCallId'],
] as const)('takes 256 characters for %s at every entrance, and no more', (_, message, path) => {
  expect(pathRefused(message('x'.repeat(256)))).toBeUndefined();
  expect(pathRefused(message('x'.repeat(257)))).toBe(path);
});
