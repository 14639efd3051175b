import { describe, expect, test } from 'vitest';
import type { PolicyContribution, PolicyRules } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import { limits } from '../../src/policy/rules/limits.ts';
import { encodeContinuation } from '../../src/providers/continuation.ts';
import { delta, done, start, stop } from '../support/called-provider.ts';
import { embedded, endOf, model, openGate, principal, request } from '../support/open-gate.ts';
import { chunk as frame, lastChunk, type RawScript, streamHead } from '../support/raw-provider.ts';

const rules = [budgets(), limits()];
/** `acme/one` costs a dollar per million tokens, so a token is 1,000 nano-dollars. */
const nanosPerToken = 1_000n;

function bound(demanded: PolicyRules) {
  const contributions: readonly PolicyContribution[] = [
    { policy: { policyId: 'p', revision: 1 }, ownerId: 'bank', mode: 'ENFORCE', rules: demanded },
  ];
  return { contributionsFor: () => contributions };
}

const large = { ...model('acme/one'), contextTokens: 2_000_000 };

const pot = (limit: bigint) => bound({ budgets: [{ name: 'pot', limit, window: 'TOTAL', per: 'PROJECT' }] });

const answering: RawScript = async exchange => {
  const usage = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5}}\n\n';
  await exchange.write(`${streamHead()}${frame(delta('Hi') + stop + usage + done)}${lastChunk}`);
};

describe('a limit of money', () => {
  test.each([
    ['a budget', pot(100_000n * nanosPerToken), { code: 'BUDGET_EXCEEDED' }],
    [
      'a limit of cost',
      bound({ limits: { maxCost: 100_000n * nanosPerToken } }),
      { code: 'NO_ELIGIBLE_ENDPOINT', excludedBy: [expect.objectContaining({ code: 'MAX_PRICE' })] },
    ],
  ])('of %s refuses what a continuation or an option hides from the text', async (_, policies, error) => {
    const provider = await start(answering);
    const hidden = 'zq'.repeat(330_000);
    const continuation = encodeContinuation({ protocol: 'openai', data: { reasoning_details: [{ text: hidden }] } });
    const [question] = request().prompt.messages;
    if (question === undefined) throw new Error('the request asks something');
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, models: [large] }], rules, policies });
    const small = await endOf(opened.gate.run(principal(), request(), embedded));
    expect(small.completion.status).toBe('FINISHED');
    const prompts = [
      { messages: [question, { role: 'ASSISTANT', parts: [], toolCalls: [], continuation }, question] },
      { providerOptions: { openai: { chat_template_kwargs: { note: hidden } } } },
    ] as const;
    for (const prompt of prompts) {
      const { completion } = await endOf(opened.gate.run(principal(), request({ prompt }), embedded));
      expect(completion).toMatchObject({ status: 'REFUSED', error });
    }
    expect(provider.requests).toHaveLength(1);
  });

  test('reserves what an endpoint counts at most for an image that comes as data', async () => {
    const provider = await start(answering);
    const image = { type: 'image', media: { data: 'AAAA', mediaType: 'image/png' }, cacheUpToHere: false } as const;
    const prompt = { messages: [{ role: 'USER', parts: [image], toolCalls: [] }] } as const;
    const sees = { ...model('acme/one'), inputModalities: ['TEXT', 'IMAGE'] } as const;
    async function codeAt(maxMediaTokens: number) {
      const models = [{ ...sees, maxMediaTokens }];
      const policies = pot(10_000n * nanosPerToken);
      const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, models }], rules, policies });
      return (await endOf(opened.gate.run(principal(), request({ prompt }), embedded))).completion.error?.code;
    }
    expect(await codeAt(20_000)).toBe('BUDGET_EXCEEDED');
    expect(await codeAt(5_000)).toBeUndefined();
  });

  test('counts text of rare letters no lower than its provider may', async () => {
    const provider = await start(answering);
    // 30,000 letters of phonetics: 60,000 tokens, of which the estimate sees 18,000.
    const text = Array.from({ length: 30_000 }, (_, at) => String.fromCharCode(0x252 + ((at * 7) % 80))).join('');
    const prompt = {
      messages: [{ role: 'USER', parts: [{ type: 'text', text, cacheUpToHere: false }], toolCalls: [] }],
    } as const;
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url, models: [large] }],
      rules,
      policies: pot(50_000n * nanosPerToken),
    });
    const { completion } = await endOf(opened.gate.run(principal(), request({ prompt }), embedded));
    expect(completion).toMatchObject({ status: 'REFUSED', error: { code: 'BUDGET_EXCEEDED' } });
    expect(provider.requests).toHaveLength(0);
  });

  test('of cost refuses media by URL where nobody knows what one may count', async () => {
    const provider = await start(answering);
    const image = { type: 'image', media: { url: 'https://images.invalid/a.png' }, cacheUpToHere: false } as const;
    const prompt = { messages: [{ role: 'USER', parts: [image], toolCalls: [] }] } as const;
    const sees = { ...model('acme/one'), inputModalities: ['TEXT', 'IMAGE'] } as const;
    async function statusAt(...models: readonly (typeof sees & { readonly maxMediaTokens?: number })[]) {
      const policies = bound({ limits: { maxCost: 1_000_000n * nanosPerToken } });
      const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, models }], rules, policies });
      return (await endOf(opened.gate.run(principal(), request({ prompt }), embedded))).completion.status;
    }
    expect(await statusAt(sees)).toBe('REFUSED');
    expect(await statusAt({ ...sees, maxMediaTokens: 5_000 })).toBe('FINISHED');
  });
});
