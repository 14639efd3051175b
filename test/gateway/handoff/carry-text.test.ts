import { describe, expect, test } from 'vitest';
import { carryText } from '../../../src/gateway/carry-text.ts';
import type { PromptMessage } from '../../../src/model/completion-request.ts';
import type { ContentAction } from '../../../src/model/policy.ts';
import type { BoundContentDemand } from '../../../src/privacy/content-demand.ts';
import type { Detector } from '../../../src/privacy/detector.ts';
import { detectorsByKind } from '../../../src/privacy/detectors/index.ts';
import { plainNeeds } from '../../support/candidates.ts';
import { request } from '../../support/open-gate.ts';

const { prompt } = request();
const said = (...texts: readonly string[]): PromptMessage => ({
  role: 'ASSISTANT',
  parts: texts.map(text => ({ type: 'text', text, cacheUpToHere: false })),
  toolCalls: [],
});

function demand(action: ContentAction): BoundContentDemand {
  const detectors = [detectorsByKind.get('PAYMENT_CARD') as Detector];
  return { enforced: true, demand: { detectors, action, directions: ['INPUT'], onUninspectable: 'BLOCK' } };
}

describe('what was delivered', () => {
  test.each([
    ['Once upon', 'Once upon', ''],
    ['Once upon \n', 'Once upon', ' \n'],
    ['Once \ud83d', 'Once', ' \ud83d'],
  ])('is the last message, without what no model goes on from: %j', (delivered, sent, unsent) => {
    const carried = carryText(delivered, prompt, plainNeeds, []);
    expect(carried.prompt.messages).toEqual([...prompt.messages, said(sent)]);
    expect([carried.sent, carried.unsent]).toEqual([sent, unsent]);
  });

  test('is added to what the caller has begun to answer', () => {
    const begun = { ...prompt, messages: [...prompt.messages, said('In short: ')] };
    const carried = carryText('yes and', begun, plainNeeds, []);
    expect(carried.prompt.messages).toEqual([...prompt.messages, said('In short: yes and')]);
    expect(carried.sent).toBe('In short: yes and');
  });

  test('is one text with all that the caller has begun: what spans several parts of it is found, and counts as sent', () => {
    const begun = { ...prompt, messages: [...prompt.messages, said('It is 41', '11 11', '11 11')] };
    const carried = carryText('11 1111, so', begun, plainNeeds, [demand('REDACT')]);
    expect(carried.prompt.messages).toEqual([...prompt.messages, said('It is [PAYMENT_CARD]', '', ', so')]);
    expect(carried.sent).toBe(', so');
    const short = carryText(', so', prompt, plainNeeds, []);
    expect(carried.needs.mostInputTokens).toBeGreaterThan(short.needs.mostInputTokens + 4);
    expect(carryText('11 1111, so', begun, plainNeeds, [demand('BLOCK')]).refusal?.code).toBe('CONTENT_BLOCKED');
    expect(carryText('11 1112, so', begun, plainNeeds, [demand('BLOCK')]).refusal).toBeUndefined();
  });

  test('counts as input, and against the output limit, of which one token is left at least', () => {
    const text = 'many words '.repeat(10);
    const { needs, prompt: asked } = carryText(text, prompt, plainNeeds, []);
    expect(needs.inputTokens).toBeGreaterThan(plainNeeds.inputTokens + 20);
    expect(needs.mostInputTokens).toBeGreaterThan(plainNeeds.mostInputTokens + 20);
    expect(needs.maxOutputTokens).toBeLessThan(plainNeeds.maxOutputTokens - 15);
    expect(asked.maxOutputTokens).toBe(needs.maxOutputTokens);
    expect(carryText('many words '.repeat(200), prompt, plainNeeds, []).needs.maxOutputTokens).toBe(1);
  });
});
