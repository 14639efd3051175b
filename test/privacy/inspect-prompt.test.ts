import { describe, expect, test } from 'vitest';
import type { Prompt, PromptMessage } from '../../src/model/completion-request.ts';
import type { ContentAction } from '../../src/model/policy.ts';
import type { BoundContentDemand, ContentDemand } from '../../src/privacy/content-demand.ts';
import type { Detector } from '../../src/privacy/detector.ts';
import { detectorsByKind } from '../../src/privacy/detectors/index.ts';
import { inspectPrompt } from '../../src/privacy/inspect-prompt.ts';

const value = 'jane.doe@example.com';
const email = detectorsByKind.get('EMAIL') as Detector;

function demand(action: ContentAction, more: Partial<ContentDemand> = {}, enforced = true): BoundContentDemand {
  return { enforced, demand: { detectors: [email], action, directions: ['INPUT'], onUninspectable: 'BLOCK', ...more } };
}

const text = (content: string) => ({ type: 'text', text: content, cacheUpToHere: false }) as const;
const message = (changes: Partial<PromptMessage> = {}): PromptMessage => ({
  role: 'USER',
  parts: [text('Hello')],
  toolCalls: [],
  ...changes,
});

function prompt(changes: Partial<Prompt> = {}): Prompt {
  return {
    messages: [message()],
    tools: [],
    responseFormat: { type: 'TEXT' },
    maxOutputTokens: 9,
    stop: [],
    providerOptions: {},
    ...changes,
  };
}

const encode = (state: object) => Buffer.from(JSON.stringify(state)).toString('base64url');
const image = (source: object) =>
  [{ type: 'image', media: source, cacheUpToHere: false }] as unknown as PromptMessage['parts'];

/** Every place of a prompt that leaves the gateway. */
const places: readonly (readonly [string, Prompt])[] = [
  ['a message of the user', prompt({ messages: [message({ parts: [text(`I am ${value}`)] })] })],
  ['a system message', prompt({ messages: [message({ role: 'SYSTEM', parts: [text(value)] }), message()] })],
  ['an answer in the history', prompt({ messages: [message({ role: 'ASSISTANT', parts: [text(value)] })] })],
  [
    'the result of a tool',
    prompt({ messages: [message({ role: 'TOOL', toolCallId: 'c', parts: [text(`{"mail":"${value}"}`)] })] }),
  ],
  [
    'the arguments of a tool call',
    prompt({
      messages: [message({ toolCalls: [{ id: 'c', name: 'f', arguments: `{"to":"jane.doe\\u0040example.com"}` }] })],
    }),
  ],
  [
    'arguments that are no JSON',
    prompt({ messages: [message({ toolCalls: [{ id: 'c', name: 'f', arguments: `{"to": ${value}` }] })] }),
  ],
  [
    'two texts side by side',
    prompt({ messages: [message({ parts: [text('I am jane.d'), text('oe@exam'), text('ple.com')] })] }),
  ],
  ['the description of a tool', prompt({ tools: [{ name: 'f', description: `ask ${value}`, parameters: {} }] })],
  ['the schema of a tool', prompt({ tools: [{ name: 'f', parameters: { properties: { a: { enum: [value] } } } }] })],
  [
    'the schema of the answer',
    prompt({ responseFormat: { type: 'JSON_SCHEMA', name: 'n', schema: { default: value } } }),
  ],
  ['a stop sequence', prompt({ stop: [value] })],
  [
    'options of the provider',
    prompt({ providerOptions: { openai: { metadata: { who: value } } } as unknown as Prompt['providerOptions'] }),
  ],
];

describe.each(places)('%s', (_, asked) => {
  test('is redacted', () => {
    const inspection = inspectPrompt(asked, [demand('REDACT')]);
    expect(JSON.stringify(inspection.prompt)).not.toMatch(/jane|example\.com/);
    expect(JSON.stringify(inspection.prompt)).toContain('[EMAIL]');
    expect(inspection.findings).toEqual([
      { kind: 'EMAIL', action: 'REDACT', direction: 'INPUT', count: 1, enforced: true },
    ]);
  });

  test('is blocked', () => {
    expect(inspectPrompt(asked, [demand('BLOCK')]).blocked).toMatchObject({ kind: 'EMAIL' });
  });

  test.each([
    ['no rule', []],
    ['a rule for answers', [demand('REDACT', { directions: ['OUTPUT'] })]],
    ['a rule that only counts', [demand('FLAG')]],
    ['a rule under MONITOR', [demand('BLOCK', {}, false)]],
  ] as const)('control: is left as it is by %s', (_name, demands) => {
    const inspection = inspectPrompt(asked, demands);
    expect(inspection.prompt).toBe(asked);
    expect(inspection.blocked).toBeUndefined();
  });
});

describe('what no detector can read', () => {
  test.each([
    ['an image by address', image({ url: 'https://example.org/x.png' })],
    ['an image in the request', image({ data: 'AAAA', mediaType: 'image/png' })],
  ])('is refused unless the rule allows it: %s', (_, parts) => {
    const asked = prompt({ messages: [message({ parts })] });
    expect(inspectPrompt(asked, [demand('FLAG')]).blocked).toMatchObject({ kind: 'UNINSPECTABLE' });
    expect(inspectPrompt(asked, [demand('FLAG', { onUninspectable: 'ALLOW' })]).blocked).toBeUndefined();
  });

  test('names and addresses of media are read', () => {
    const asked = prompt({
      messages: [message({ parts: image({ url: `https://x.example/?u=${value}`, name: value }) })],
    });
    const inspection = inspectPrompt(asked, [demand('REDACT', { onUninspectable: 'ALLOW' })]);
    expect(JSON.stringify(inspection.prompt)).not.toContain('jane');
  });
});

describe("a provider's own state that is given back", () => {
  const with_ = (continuation: string) => prompt({ messages: [message({ role: 'ASSISTANT', continuation })] });

  test('goes back as it is, or not at all', () => {
    const clean = with_(encode({ v: 1, data: 'thought' }));
    expect(inspectPrompt(clean, [demand('REDACT')]).prompt).toBe(clean);
    const { prompt: left } = inspectPrompt(with_(encode({ v: 1, data: { thinking: `she is ${value}` } })), [
      demand('REDACT'),
    ]);
    expect(left.messages[0]).not.toHaveProperty('continuation');
  });

  test('that is not readable counts as such', () => {
    expect(inspectPrompt(with_('%%%'), [demand('REDACT')]).blocked).toMatchObject({ kind: 'UNINSPECTABLE' });
  });
});

test('of two actions on one find the stronger holds, whatever their order', () => {
  const asked = prompt({ messages: [message({ parts: [text(value)] })] });
  for (const demands of [
    [demand('FLAG'), demand('BLOCK')],
    [demand('BLOCK'), demand('REDACT')],
  ]) {
    expect(inspectPrompt(asked, demands).blocked).toMatchObject({ kind: 'EMAIL' });
  }
  const { findings } = inspectPrompt(asked, [demand('FLAG'), demand('REDACT'), demand('FLAG')]);
  expect(findings).toEqual([{ kind: 'EMAIL', action: 'REDACT', direction: 'INPUT', count: 1, enforced: true }]);
});

test('a detector that fails blocks', () => {
  const failing: Detector = {
    kind: 'BROKEN',
    find() {
      throw new Error('broken');
    },
    pendingFrom: () => 0,
  };
  expect(inspectPrompt(prompt(), [demand('FLAG', { detectors: [failing] })]).blocked).toMatchObject({ kind: 'BROKEN' });
});

test('numbers that are not found stay as they were, digit for digit', () => {
  const document = `{"big":12345678901234567890,"small":1.10,"to":"${value}"}`;
  const asked = prompt({ messages: [message({ toolCalls: [{ id: 'c', name: 'f', arguments: document }] })] });
  const { prompt: left } = inspectPrompt(asked, [demand('REDACT')]);
  expect(left.messages[0]?.toolCalls[0]?.arguments).toBe('{"big":12345678901234567890,"small":1.10,"to":"[EMAIL]"}');
});
