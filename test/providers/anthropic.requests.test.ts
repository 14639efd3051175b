import { describe, expect, test } from 'vitest';
import type { Prompt, PromptMessage } from '../../src/model/completion-request.ts';
import { anthropic } from '../../src/providers/anthropic/anthropic.ts';
import { hasWireCorpus, requestBody, type WireCase, wireCases } from '../support/corpus.ts';
import { said, textPart, wireBody } from '../support/wire-body.ts';

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly tool_use_id?: string;
  readonly content?: string | readonly Block[];
}

interface RecordedRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly system?: string | readonly Block[];
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: string | readonly Block[] }[];
  readonly tools?: readonly { readonly name: string; readonly type?: string; readonly input_schema?: object }[];
  readonly tool_choice?: { readonly type: string; readonly name?: string };
}

const blocksOf = (content: string | readonly Block[] | undefined): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
const wordsOf = (content: string | readonly Block[] | undefined): string =>
  blocksOf(content)
    .map(block => block.text)
    .join('|');

/** What every request must carry over: who said what, calls and their results, tools and their choice. */
function essence(request: RecordedRequest) {
  return {
    model: request.model,
    maxTokens: request.max_tokens,
    system: wordsOf(request.system),
    turns: request.messages.map(({ role, content }) => [
      role,
      ...blocksOf(content).map(block => [
        block.type,
        block.text ?? block.id ?? block.tool_use_id,
        block.name,
        block.input ?? wordsOf(block.content),
      ]),
    ]),
    tools: (request.tools ?? []).map(({ name, input_schema }) => [name, input_schema]),
    choice: request.tool_choice?.name ?? request.tool_choice?.type ?? 'auto',
  };
}

function neutralOf(request: RecordedRequest): Partial<Prompt> {
  const { type: choice, name } = request.tool_choice ?? { type: 'auto' };
  const modes = { auto: 'AUTO', none: 'NONE', any: 'REQUIRED' } as const;
  return {
    maxOutputTokens: request.max_tokens,
    messages: [
      ...(request.system === undefined
        ? []
        : [
            said(
              'SYSTEM',
              blocksOf(request.system).map(block => textPart(block.text ?? '')),
            ),
          ]),
      ...request.messages.flatMap(({ role, content }) => neutralMessages(role, blocksOf(content))),
    ],
    tools: (request.tools ?? []).map(tool => ({ name: tool.name, parameters: { ...tool.input_schema } })),
    toolChoice: choice === 'tool' ? { mode: 'TOOL', name: name ?? '' } : { mode: modes[choice as 'auto'] },
  };
}

function neutralMessages(role: 'user' | 'assistant', blocks: readonly Block[]): readonly PromptMessage[] {
  const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => textPart(text ?? ''));
  const toolCalls = blocks
    .filter(({ type }) => type === 'tool_use')
    .map(({ id, name, input }) => ({ id: id ?? '', name: name ?? '', arguments: JSON.stringify(input) }));
  if (role === 'assistant') return [said('ASSISTANT', texts, { toolCalls })];
  const results = blocks
    .filter(({ type }) => type === 'tool_result')
    .map(({ tool_use_id = '', content }) => {
      return said(
        'TOOL',
        blocksOf(content).map(block => textPart(block.text ?? '')),
        { toolCallId: tool_use_id },
      );
    });
  return texts.length === 0 ? results : [...results, said('USER', texts)];
}

/** Texts and calls of the caller's own tools. A `system` turn in the midst, which few models take, goes in front here. */
function isNeutral({ messages, tools = [] }: RecordedRequest): boolean {
  const types = messages.flatMap(({ content }) => blocksOf(content).map(({ type }) => type));
  const hasSystemTurn = messages.some(({ role }) => role !== 'user' && role !== 'assistant');
  if (hasSystemTurn) return false;
  return types.every(type => /^(text|tool_use|tool_result)$/.test(type)) && tools.every(tool => 'input_schema' in tool);
}

const requests = wireCases('anthropic.messages')
  .map(item => [item.id, requestBody(item)] as const)
  .filter((item): item is readonly [WireCase['id'], RecordedRequest] => item[1] !== undefined)
  .filter(([, request]) => isNeutral(request));

describe.skipIf(!hasWireCorpus)('requests as recorded (skipped where the corpus is absent)', () => {
  test('are many enough to mean something', () => {
    expect(requests.length).toBeGreaterThanOrEqual(30);
  });

  test.each(requests)('%s is written as its own client wrote it', (_, request) => {
    const prompt = neutralOf(request);
    const written = wireBody(anthropic, { wireModel: request.model, prompt }) as unknown as RecordedRequest;
    expect(essence(written)).toEqual(essence(request));
  });
});
