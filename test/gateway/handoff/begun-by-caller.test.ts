import { describe, expect, test } from 'vitest';
import type { PromptMessage } from '../../../src/model/completion-request.ts';
import type { ContentRule } from '../../../src/model/policy.ts';
import { content } from '../../../src/policy/rules/content.ts';
import { region } from '../../../src/policy/rules/region.ts';
import { prefixOf } from '../../support/golden-provider.ts';
import { booked, embedded, eventsOf, principal, request } from '../../support/open-gate.ts';
import { changingPolicies, golden, openWorld } from './handoff-world.ts';

const before = 'It is ';
const after = ', said and done, and nothing else is to be told.';
const escalate = { regions: ['eu'], zeroDataRetention: false, denyTraining: false };
const places = ['eu-west-1', 'us-east-1', 'eu-central-1'];

function rule(more: Partial<ContentRule>): ContentRule {
  const detect = ['PAYMENT_CARD', 'EMAIL'];
  return { detect, action: 'REDACT', directions: ['INPUT'], onUninspectable: 'BLOCK', ...more };
}

function said(text: string): PromptMessage {
  return { role: 'ASSISTANT', parts: [{ type: 'text', text, cacheUpToHere: false }], toolCalls: [] };
}

/** The caller has begun the text so; the first endpoint goes on, breaks off soon after it, and another may take over. */
async function takenOver(text: string, begun: string, rules: readonly ContentRule[]) {
  const { source } = changingPolicies({ content: rules });
  const opened = await openWorld(
    places.map((place, index) => {
      const fault = { at: text.length - after.length + 10, kind: 'fin' } as const;
      return golden({ golden: text, instead: text, ...(index === 0 ? { fault } : {}) }, { region: place });
    }),
    { rules: [content(), region()], policies: source },
  );
  const { prompt } = request();
  const messages = [...prompt.messages, said(begun)];
  const run = opened.gate.run(principal(), request({ prompt: { ...prompt, messages } }), embedded);
  const end = (await eventsOf(run)).at(-1);
  const { redactions } = await booked(opened, run.id);
  return { end, redactions, asked: opened.providers.map(({ requests }) => requests) };
}

describe.each([
  ['a card number', '4111 1111 1111 1111', '[PAYMENT_CARD]'],
  ['an address', 'jane.doe@example.com', '[EMAIL]'],
])('%s of which the caller has begun a part', (_, secret, label) => {
  const text = `${before}${secret}${after}`;
  const cuts = Array.from({ length: secret.length - 1 }, (_, index) => before.length + 1 + index).filter(
    // What ends in the domain is an address already, which the caller may not send in the first place.
    at => !/@example\.\w{2,}$/.test(text.slice(0, at)),
  );

  test('reaches no other endpoint where a rule blocks it, cut at every offset in it', async () => {
    for (const at of cuts) {
      const { end, asked } = await takenOver(text, text.slice(0, at), [rule({ action: 'BLOCK' })]);
      expect(end).toMatchObject({ type: 'incomplete', error: { code: 'STREAM_CUT' } });
      expect(asked.map(({ length }) => length)).toEqual([1, 0, 0]);
    }
  });

  test('reaches an endpoint that its escalation allows alone, cut at every offset in it', async () => {
    for (const at of cuts) {
      const { asked } = await takenOver(text, text.slice(0, at), [rule({ action: 'FLAG', escalate })]);
      expect(asked.map(({ length }) => length)).toEqual([1, 0, 1]);
    }
  });

  test('is replaced as one in what another endpoint goes on from, cut at every offset in it, and counted once', async () => {
    for (const at of cuts) {
      const { asked, redactions } = await takenOver(text, text.slice(0, at), [rule({})]);
      const [sent] = asked[1] ?? [];
      expect(sent?.body).not.toContain(secret.slice(-4));
      expect(sent && prefixOf({ request: sent })).toBe(`${before}${label}, said and`);
      expect(redactions).toEqual([expect.objectContaining({ action: 'REDACT', direction: 'INPUT', count: 1 })]);
    }
  });

  test('control: without a rule it does reach the nearest', async () => {
    const { asked } = await takenOver(text, text.slice(0, before.length + 5), []);
    expect(asked.map(({ length }) => length)).toEqual([1, 1, 0]);
    expect(asked[1]?.[0]?.body).toContain(secret);
  });
});

test('what was found in the beginning already is not counted again', async () => {
  const text = `${before}at jane.doe@example.com${after}`;
  const { redactions } = await takenOver(text, text.slice(0, -after.length), [rule({ action: 'FLAG' })]);
  expect(redactions).toEqual([expect.objectContaining({ kind: 'EMAIL', count: 1 })]);
});
