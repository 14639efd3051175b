import { describe, expect, test } from 'vitest';
import type { AttemptEnd } from '../../../src/gateway/attempt.ts';
import { afterRefusal, type HandoffQuestion, handoffReason, planHandoff } from '../../../src/gateway/plan-handoff.ts';
import type { Answer } from '../../../src/model/completion.ts';
import type { Prompt } from '../../../src/model/completion-request.ts';
import type { FailureKind } from '../../../src/providers/provider.ts';
import { candidate } from '../../support/candidates.ts';
import { request } from '../../support/open-gate.ts';

const plain = candidate('plain');
const prefix = candidate('prefix', { endpoint: { capabilities: ['STREAMING', 'PREFIX'] } });

interface Cut extends Partial<Omit<AttemptEnd, 'answer' | 'failure'>> {
  readonly answer?: Partial<Answer>;
  readonly failure?: FailureKind;
}

function plan(
  mode: HandoffQuestion['mode'],
  { answer = {}, failure = 'cut', ...end }: Cut = {},
  prompt: Partial<Prompt> = {},
  candidates: HandoffQuestion['candidates'] = [plain, prefix],
) {
  const cut: AttemptEnd = {
    failure: { kind: failure, detail: 'test' },
    wasSent: true,
    wasAccepted: true,
    hasDelivered: true,
    redactions: [],
    outputTexts: () => [],
    reportedUsage: {},
    durationMs: 1,
    answer: { text: 'Once upon', reasoning: '', refusal: '', citations: [], media: [], toolCalls: [], ...answer },
    ...end,
  };
  const steps = planHandoff({ cut, prompt: request({ prompt }).prompt, mode, inputTokens: 10, candidates });
  return steps.map(({ candidate: { provider }, method, opens }) => [provider.id, method, opens]);
}

const call = (args: string) => ({ id: 'c', name: 'find', arguments: args });
const continued = [
  ['prefix', 'PREFIX', false],
  ['plain', 'REPEAT', false],
];
const inTheOpen = [
  ['plain', 'OPEN', true],
  ['prefix', 'OPEN', true],
];

describe('the plan of a handoff', () => {
  test('asks those first that go on from a prefix, then the others to repeat', () => {
    expect(plan('CONTINUE')).toEqual(continued);
    expect(plan('RESTART')).toEqual(continued.map(([id, method]) => [id, method, true]));
    expect(plan('TERMINATE')).toEqual([]);
  });

  test.each<[string, Cut, Partial<Prompt>]>([
    ['JSON', {}, { responseFormat: { type: 'JSON_OBJECT' } }],
    ['JSON of a schema', {}, { responseFormat: { type: 'JSON_SCHEMA', name: 'a', schema: {} } }],
    ['visible reasoning', { answer: { reasoning: 'Hm' } }, {}],
    ['a call that has begun', { answer: { toolCalls: [call('{"q"')] } }, {}],
    ['media', { answer: { media: [{ mediaType: 'image/png', url: 'https://example.com/a' }] } }, {}],
    ['more text than is carried over', { answer: { text: 'x'.repeat(262_145) } }, {}],
  ])('never goes on inside %s; starting over it may be', (_, cut, prompt) => {
    expect(plan('CONTINUE', cut, prompt)).toEqual([]);
    expect(plan('RESTART', cut, prompt)).toEqual(inTheOpen);
  });

  test('takes reasoning that nobody is shown for none', () => {
    const hidden = { reasoning: { exclude: true, effort: 'NONE' } } as const;
    expect(plan('CONTINUE', { answer: { reasoning: 'Hm' } }, hidden)).toEqual(continued);
  });

  test.each<[string, Cut]>([
    ['a call was completed', { answer: { toolCalls: [call('{}')] } }],
    ['a call was followed by another', { answer: { toolCalls: [call('{'), call('')] } }],
    ['a refusal was begun', { answer: { refusal: 'I can' } }],
    ['the finish was told', { finishReason: 'STOP' }],
    ['a rule blocks the answer', { blockedFor: 'EMAIL', failure: 'cancelled' }],
    ['the reservation is used up', { hasUsedReservation: true, failure: 'cancelled' }],
    ['the caller left', { failure: 'cancelled' }],
    ['the deadline has passed', { failure: 'deadline' }],
    ['the provider filters the answer', { failure: 'content-filter' }],
  ])('holds nothing where %s', (_, cut) => {
    expect([plan('CONTINUE', cut), plan('RESTART', cut)]).toEqual([[], []]);
  });

  test('gives no prefix to a request that reasons, that must call a tool, or that it would make too long', () => {
    const repeated = [
      ['plain', 'REPEAT', false],
      ['prefix', 'REPEAT', false],
    ];
    expect(plan('CONTINUE', {}, { reasoning: { effort: 'LOW', exclude: true } })).toEqual(repeated);
    expect(plan('CONTINUE', {}, { toolChoice: { mode: 'REQUIRED' } })).toEqual(repeated);
    expect(plan('CONTINUE', { answer: { text: ' \n' } })).toEqual(repeated);
    const small = candidate('prefix', { endpoint: { capabilities: ['PREFIX'], contextTokens: 12 } });
    expect(plan('CONTINUE', {}, {}, [plain, small])).toEqual(repeated);
  });

  test('restarts a target that refuses a prefix, and lets it out in the open where that was asked for', () => {
    const step = { candidate: prefix, method: 'PREFIX', opens: true } as const;
    expect(afterRefusal(step)).toEqual({ candidate: prefix, method: 'REPEAT', opens: true });
  });
});

test.each<[FailureKind, string]>([
  ['cut', 'CUT'],
  ['unreachable', 'CUT'],
  ['timeout', 'STALLED'],
  ['protocol', 'MALFORMED'],
  ['server', 'FAILED'],
  ['overloaded', 'FAILED'],
  ['rate-limited', 'FAILED'],
])('%s is told as %s', (kind, word) => {
  expect(handoffReason(kind)).toBe(word);
});
