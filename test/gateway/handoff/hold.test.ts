import { describe, expect, test } from 'vitest';
import type { ContentRule } from '../../../src/model/policy.ts';
import { content } from '../../../src/policy/rules/content.ts';
import { streamFaults } from '../../support/golden-provider.ts';
import { booked, embedded, eventsOf, principal, request } from '../../support/open-gate.ts';
import { changingPolicies, golden, openWorld, textOf } from './handoff-world.ts';

const text = 'Once upon a time there was a gateway that never lied.';
const json = '{"said":"exactly this"}';

describe('a stream that is held until it is whole', () => {
  test.each(streamFaults)('that breaks by %s is answered by another endpoint as if nothing had been', async kind => {
    const world = await openWorld([
      golden({ golden: text, fault: { at: 30, kind } }, { idleMs: 150 }),
      golden({ golden: json, pieceUnits: 2 }, { takesPrefix: false }),
    ]);
    const run = world.gate.run(
      principal(),
      request({ hold: 'COMPLETE', prompt: { responseFormat: { type: 'JSON_OBJECT' } } }),
      embedded,
    );
    const events = await eventsOf(run);
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'started', 'text', 'finished']);
    expect(textOf(events)).toBe(json);
    expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    const { attempts } = await booked(world, run.id);
    expect(attempts.at(-1)).toMatchObject({ endpointId: 'acme/one@second', outcome: 'SUCCEEDED' });
  });

  test('and that nobody can answer fails: nothing was delivered', async () => {
    const world = await openWorld([golden({ golden: text, fault: { at: 30, kind: 'fin' } })]);
    const run = world.gate.run(
      principal(),
      request({ hold: 'COMPLETE', routing: { allowFallbacks: false } }),
      embedded,
    );
    const events = await eventsOf(run);
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'failed']);
    expect(events.at(-1)).toMatchObject({ error: { code: 'PROVIDER_FAILED' }, completion: { status: 'FAILED' } });
    expect(JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      'Once',
    );
  });

  test('and that a content rule blocks is refused: nothing of it was delivered', async () => {
    const rule: ContentRule = {
      detect: ['EMAIL'],
      action: 'BLOCK',
      directions: ['OUTPUT'],
      onUninspectable: 'BLOCK',
    };
    const world = await openWorld([golden({ golden: 'Ask for it at jane.doe@example.com or so.' })], {
      rules: [content()],
      policies: changingPolicies({ content: [rule] }).source,
    });
    for (const [hold, status, said] of [
      ['COMPLETE', 'REFUSED', ''],
      ['NONE', 'INCOMPLETE', 'Ask for it at '],
    ] as const) {
      const events = await eventsOf(world.gate.run(principal(), request({ hold }), embedded));
      expect(events.at(-1)).toMatchObject({ error: { code: 'CONTENT_BLOCKED' }, completion: { status } });
      expect(textOf(events)).toBe(said);
    }
  });

  test('control: one that is not held hands over what it has', async () => {
    const world = await openWorld([golden({ golden: text, fault: { at: 30, kind: 'fin' } }), golden({ golden: text })]);
    const events = await eventsOf(world.gate.run(principal(), request(), embedded));
    expect(events.some(({ type }) => type === 'handoff')).toBe(true);
  });
});
