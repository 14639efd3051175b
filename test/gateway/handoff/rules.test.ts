import { describe, expect, test } from 'vitest';
import type { ContentRule, PolicyRules } from '../../../src/model/policy.ts';
import { budgets } from '../../../src/policy/rules/budgets.ts';
import { content } from '../../../src/policy/rules/content.ts';
import { region } from '../../../src/policy/rules/region.ts';
import { retention } from '../../../src/policy/rules/retention.ts';
import { prefixOf } from '../../support/golden-provider.ts';
import { booked, embedded, eventsOf, principal, request } from '../../support/open-gate.ts';
import { changingPolicies, golden, openWorld, readUntil, rebuilt, textOf } from './handoff-world.ts';

const rules = [region(), retention(), content(), budgets()];
const card = '4111 1111 1111 1111';
const mail = 'jane.doe@example.com';
const detect: ContentRule = {
  detect: ['PAYMENT_CARD', 'EMAIL'],
  action: 'REDACT',
  directions: ['OUTPUT'],
  onUninspectable: 'BLOCK',
};

const places = ['eu-west-1', 'us-east-1', 'eu-central-1'];

/** The first breaks off there, and all others say the whole text; with `gate` it waits after its first delta. */
async function world(text: string, at: number, policies: PolicyRules, { count = 3, gate = Promise.resolve() } = {}) {
  const { source, set } = changingPolicies(policies);
  const [first, ...others] = places.slice(0, count);
  const opened = await openWorld(
    [
      golden({ golden: text, fault: { at, kind: 'fin' }, gate }, { region: first ?? '' }),
      ...others.map(place => golden({ golden: text }, { region: place })),
    ],
    { rules, policies: source },
  );
  return { ...opened, set };
}

describe('content rules over the seam', () => {
  test.each([
    ['a card number', card, '[PAYMENT_CARD]'],
    ['an address', mail, '[EMAIL]'],
  ])('%s is never delivered, cut at every offset in it', async (_, secret, label) => {
    const text = `Hers is ${secret} and no other.`;
    for (let at = 8; at <= 8 + secret.length; at += 1) {
      const { gate, providers } = await world(text, at, { content: [detect] });
      const events = await eventsOf(gate.run(principal(), request(), embedded));
      const last = events.at(-1);
      expect(last?.type).toBe('finished');
      expect(rebuilt(events)).toBe(`Hers is ${label} and no other.`);
      expect(last?.type === 'finished' && last.completion.answer?.text).toBe(`Hers is ${label} and no other.`);
      const sent = providers[1]?.requests[0];
      expect(sent && prefixOf({ request: sent })).toBe('Hers is');
    }
  });

  test('a rule that came into force between finds what is split over the seam', async () => {
    const text = `Hers is ${card} and no other.`;
    for (const at of [9, 12, 18, 26]) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const opened = await world(text, at, {}, { gate: promise });
      const run = opened.gate.run(principal(), request(), embedded);
      const events = await readUntil(run, 'Hers is');
      opened.set({ content: [detect] });
      resolve();
      await booked(opened, run.id);
      expect(rebuilt(events)).toBe(`${text.slice(0, at)}[PAYMENT_CARD] and no other.`);
    }
  });

  test('the other endpoint gets the text as it was let out, and as the rules on prompts leave it', async () => {
    const text = `Write to ${mail} or to nobody at all, they say.`;
    const both: ContentRule = { ...detect, directions: ['INPUT', 'OUTPUT'] };
    const prompts: ContentRule = { ...detect, directions: ['INPUT'] };
    for (const [rule, shown] of [
      [both, '[EMAIL]'],
      [prompts, mail],
    ] as const) {
      const { gate, providers } = await world(text, 40, { content: [rule] });
      const events = await eventsOf(gate.run(principal(), request(), embedded));
      expect(providers[1]?.requests[0]?.body).not.toContain(mail);
      const sent = providers[1]?.requests[0];
      expect(sent && prefixOf({ request: sent })).toContain('Write to [EMAIL] or to');
      expect(textOf(events)).toContain(`Write to ${shown} or to`);
    }
  });

  test('what blocks a prompt, or escalates it, excludes the endpoint from what was delivered', async () => {
    const text = `Write to ${mail} or to nobody at all, they say.`;
    const escalate = { regions: ['eu'], zeroDataRetention: false, denyTraining: false };
    const escalating: ContentRule = { ...detect, action: 'FLAG', directions: ['INPUT'], escalate };
    const one = await world(text, 40, { content: [escalating] });
    const events = await eventsOf(one.gate.run(principal(), request(), embedded));
    expect(events.at(-1)).toMatchObject({
      type: 'finished',
      completion: { endpointId: 'acme/one@third', answer: { text } },
    });
    expect(one.providers[1]?.requests).toHaveLength(0);

    const blocking: ContentRule = { ...detect, action: 'BLOCK', directions: ['INPUT'] };
    const other = await world(text, 40, { content: [blocking] });
    const end = (await eventsOf(other.gate.run(principal(), request(), embedded))).at(-1);
    expect(end).toMatchObject({ type: 'incomplete', error: { code: 'STREAM_CUT' } });
    expect(other.providers.map(({ requests }) => requests.length)).toEqual([1, 0, 0]);
  });

  test('control: without the rule the address goes there, and to the nearest', async () => {
    const text = `Write to ${mail} or to nobody at all, they say.`;
    const { gate, providers } = await world(text, 40, {});
    await eventsOf(gate.run(principal(), request(), embedded));
    expect(providers[1]?.requests[0]?.body).toContain(mail);
  });
});

describe('what is in force when another takes over', () => {
  test.each([
    ['before the stream', true],
    ['while it runs', false],
  ])('a region that is denied %s is never contacted', async (_, isBefore) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const text = 'Once upon a time there was a gateway.';
    const denied: PolicyRules = { region: { deny: ['us'] } };
    const opened = await world(text, 14, isBefore ? denied : {}, { gate: promise });
    const run = opened.gate.run(principal(), request(), embedded);
    const events = await readUntil(run, 'Once up');
    opened.set(denied);
    resolve();
    await booked(opened, run.id);
    expect(events.at(-1)).toMatchObject({ type: 'finished', completion: { endpointId: 'acme/one@third' } });
    expect(rebuilt(events)).toBe(text);
    expect(opened.providers[1]?.requests).toHaveLength(0);
  });

  test('control: without the rule the nearest is asked', async () => {
    const text = 'Once upon a time there was a gateway.';
    const { gate, providers } = await world(text, 14, {});
    await eventsOf(gate.run(principal(), request(), embedded));
    expect(providers.map(({ requests }) => requests.length)).toEqual([1, 1, 0]);
  });

  const pot = { name: 'pot', window: 'TOTAL', per: 'PROJECT' } as const;
  const text = 'Once upon a time there was a gateway.';

  /** What a budget reserves for a request before so many endpoints. */
  async function reservedFor(count: number): Promise<bigint> {
    const { gate } = await world(text, 14, { budgets: [{ ...pot, limit: 0n }] }, { count });
    const refused = (await eventsOf(gate.run(principal(), request(), embedded))).at(-1);
    const message = refused?.type === 'failed' ? refused.error.message : '';
    return BigInt(Math.round(Number(/may cost ([\d.]+) dollars/.exec(message)?.[1]) * 1e9));
  }

  test.each([
    ['that holds no second attempt leaves what was delivered, and asks nobody', 2, 'incomplete', 1],
    ['that holds one, after what the first has cost, lets it', 3, 'finished', 2],
  ])('a budget %s', async (_, count, type, attempts) => {
    const limit = await reservedFor(count);
    const opened = await world(text, 14, { budgets: [{ ...pot, limit }] }, { count });
    const run = opened.gate.run(principal(), request(), embedded);
    const events = await eventsOf(run);
    expect(events.at(-1)?.type).toBe(type);
    expect(textOf(events)).toBe(type === 'finished' ? text : text.slice(0, 14));
    expect(opened.providers.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(attempts);
    const completion = await booked(opened, run.id);
    expect(completion.attempts).toHaveLength(attempts);
    expect(completion.usage.cost).toBeLessThanOrEqual(limit);
    const { budgets: pots } = opened.gate.effectivePolicy(principal());
    expect(await opened.gate.budgetStates(pots)).toEqual([{ spent: completion.usage.cost, reserved: 0n }]);
  });
});
