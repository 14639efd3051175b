import { describe, expect, test } from 'vitest';
import type { HandoffMode } from '../../../src/model/completion-request.ts';
import { prefixOf, type StreamFault, sayGolden } from '../../support/golden-provider.ts';
import { booked, embedded, eventsOf, principal, type RequestChanges, request } from '../../support/open-gate.ts';
import { chunk, done, streamHead } from '../../support/openai-bytes.ts';
import type { RawScript } from '../../support/raw-provider.ts';
import { golden, type HandoffWorld, openWorld, rebuilt, textOf } from './handoff-world.ts';

const text = 'Once upon a time there was a gateway that never lied.';
const other = 'There once was another answer altogether.';
const cut = (at = 20, kind: StreamFault = 'fin') => golden({ golden: text, fault: { at, kind } }, { idleMs: 150 });

async function ask({ gate }: HandoffWorld, handoff: HandoffMode, changes: RequestChanges = {}) {
  const run = gate.run(principal(), request({ ...changes, routing: { handoff, ...changes.routing } }), embedded);
  const events = await eventsOf(run);
  const last = events.at(-1);
  if (last === undefined || !('completion' in last)) throw new Error(`the run ended with ${last?.type}`);
  return { run, events, last, completion: last.completion, handoffs: events.filter(({ type }) => type === 'handoff') };
}

describe('a target that goes on from a prefix', () => {
  test('is given what was delivered, is told apart in the events, and is booked by itself', async () => {
    const world = await openWorld([cut(), golden({ golden: text, usage: [30, 9] })]);
    const { run, events, completion, handoffs } = await ask(world, 'CONTINUE');
    expect(events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1])).toEqual([
      'accepted',
      'started',
      'text',
      'handoff',
      'text',
      'finished',
    ]);
    const [handoff] = handoffs;
    expect(handoff).toMatchObject({
      from: { id: 'acme/one@first' },
      to: { id: 'acme/one@second' },
      reason: 'CUT',
      mode: 'CONTINUE',
      keepThroughSeq: (handoff?.seq ?? 0) - 1,
    });
    expect(completion).toMatchObject({ status: 'FINISHED', finishReason: 'STOP', endpointId: 'acme/one@second' });
    expect(completion.answer?.text).toBe(text);
    const [, second] = world.providers;
    const sent = second?.requests[0];
    expect(sent && prefixOf({ request: sent })).toBe('Once upon a time the');
    const { attempts, usage, timing } = await booked(world, run.id);
    expect(attempts).toMatchObject([
      { endpointId: 'acme/one@first', outcome: 'CUT', error: { code: 'STREAM_CUT' }, usage: { estimated: true } },
      { endpointId: 'acme/one@second', outcome: 'SUCCEEDED', usage: { inputTokens: 30, outputTokens: 9 } },
    ]);
    expect(attempts[0]?.usage.outputTokens).toBe(5);
    expect(usage.cost).toBe(attempts.reduce((sum, attempt) => sum + attempt.usage.cost, 0n));
    expect(timing?.firstTokenMs).toBeLessThanOrEqual(timing?.totalMs ?? 0);
  });

  test('may say less: what was delivered counts against the output limit', async () => {
    const world = await openWorld([cut(), golden({ golden: text })]);
    await ask(world, 'CONTINUE', { prompt: { maxOutputTokens: 64 } });
    const limitOf = (index: number) => JSON.parse(world.providers[index]?.requests[0]?.body ?? '{}').max_tokens;
    expect([limitOf(0), limitOf(1)]).toEqual([64, 64 - 5]);
  });

  test('is left at least one token', async () => {
    const world = await openWorld([cut(), golden({ golden: text })]);
    const { completion } = await ask(world, 'CONTINUE', { prompt: { maxOutputTokens: 4 } });
    expect(JSON.parse(world.providers[1]?.requests[0]?.body ?? '{}').max_tokens).toBe(1);
    expect(completion.status).toBe('FINISHED');
  });

  test('comes before one that does not, whatever their order', async () => {
    const world = await openWorld([
      cut(),
      golden({ golden: text, instead: other }, { takesPrefix: false }),
      golden({ golden: text }),
    ]);
    const { completion } = await ask(world, 'CONTINUE');
    expect(completion).toMatchObject({ status: 'FINISHED', endpointId: 'acme/one@third', answer: { text } });
    expect(world.providers[1]?.requests).toHaveLength(0);
  });

  test('that refuses it starts over instead, and its 400 is nobody’s error', async () => {
    const world = await openWorld([cut(), golden({ golden: text, refusesPrefix: true })]);
    const { run, completion, handoffs } = await ask(world, 'CONTINUE');
    expect(completion).toMatchObject({ status: 'FINISHED', answer: { text } });
    expect(completion.error).toBeUndefined();
    expect(handoffs).toHaveLength(1);
    const { attempts } = await booked(world, run.id);
    expect(attempts.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['CUT', 200],
      ['FAILED', 400],
      ['SUCCEEDED', 200],
    ]);
    expect(attempts[1]?.usage.cost).toBe(0n);
    expect(world.gate.health('acme/one@second').hadRecentOutage).toBe(false);
    expect(world.gate.health('acme/one@first').hadRecentOutage).toBe(true);
  });

  test('stops at a sequence of which the first had delivered the beginning', async () => {
    const world = await openWorld([
      golden({ golden: 'one two ##END three', fault: { at: 10, kind: 'fin' } }),
      golden({ golden: 'one two ##END three', pieceUnits: 2 }),
    ]);
    const { run, completion } = await ask(world, 'CONTINUE', { prompt: { stop: ['##END'] } });
    expect(completion).toMatchObject({ status: 'FINISHED', finishReason: 'STOP', answer: { text: 'one two ##' } });
    expect((await booked(world, run.id)).attempts[1]).toMatchObject({
      outcome: 'SUCCEEDED',
      usage: { estimated: true },
    });
  });
});

describe('a target that starts over', () => {
  const repeating = (instead?: string) =>
    golden({ golden: text, ...(instead === undefined ? {} : { instead }) }, { takesPrefix: false });

  test('is heard from where it has repeated what was delivered', async () => {
    const world = await openWorld([cut(), repeating()]);
    const { events, completion } = await ask(world, 'CONTINUE');
    expect(completion).toMatchObject({ status: 'FINISHED', answer: { text } });
    expect(textOf(events)).toBe(text);
    expect(world.providers[1]?.requests.map(sent => prefixOf({ request: sent }))).toEqual([undefined]);
  });

  test.each([
    ['something else', other],
    ['less', text.slice(0, 10)],
  ])('and says %s: CONTINUE ends as incomplete with what was delivered, and nothing else', async (_, instead) => {
    const world = await openWorld([cut(), repeating(instead)]);
    const { run, events, last, completion, handoffs } = await ask(world, 'CONTINUE');
    expect(last).toMatchObject({ type: 'incomplete', error: { code: 'STREAM_CUT' } });
    expect(completion).toMatchObject({ status: 'INCOMPLETE', endpointId: 'acme/one@first' });
    expect(completion.answer?.text).toBe(text.slice(0, 20));
    expect([textOf(events), handoffs.length]).toEqual([text.slice(0, 20), 0]);
    const { attempts, usage } = await booked(world, run.id);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['CUT', 'CANCELLED']);
    expect(usage.cost).toBe(attempts.reduce((sum, attempt) => sum + attempt.usage.cost, 0n));
  });

  test.each([
    ['something else', other],
    ['less', text.slice(0, 10)],
  ])('and says %s: RESTART lets it out, and says what is void', async (_, instead) => {
    const world = await openWorld([cut(), repeating(instead)]);
    const { run, events, completion, handoffs } = await ask(world, 'RESTART');
    expect(handoffs).toMatchObject([{ mode: 'RESTART', keepThroughSeq: 0 }]);
    expect(completion).toMatchObject({ status: 'FINISHED', answer: { text: instead } });
    expect(rebuilt(events)).toBe(instead);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index));
    const { attempts } = await booked(world, run.id);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['CUT', 'SUCCEEDED']);
  });
});

describe('a target that is given a prefix, begins the text anew and then says something else', () => {
  const long = `${'Once upon a time, '.repeat(20)}the end.`;
  const astray = `${long.slice(0, 230)} and so on.`;
  const pair = () => {
    const anew: RawScript = async exchange => {
      await exchange.write(streamHead + chunk({ content: astray }) + chunk({}, 'stop') + done);
      exchange.end();
    };
    return openWorld([golden({ golden: long, fault: { at: 300, kind: 'fin' } }), { script: anew }]);
  };

  test('ends the answer under CONTINUE', async () => {
    const { last, completion } = await ask(await pair(), 'CONTINUE');
    expect(last.type).toBe('incomplete');
    expect(completion.answer?.text).toBe(long.slice(0, 300));
  });

  test('starts over in the open under RESTART', async () => {
    const { completion, handoffs, events } = await ask(await pair(), 'RESTART');
    expect(completion).toMatchObject({ status: 'FINISHED', answer: { text: astray } });
    expect(completion.attempts.map(({ outcome }) => outcome)).toEqual(['CUT', 'CANCELLED', 'SUCCEEDED']);
    expect([handoffs.length, rebuilt(events)]).toEqual([1, astray]);
  });
});

describe('where nothing can go on exactly', () => {
  const json: RequestChanges = { prompt: { responseFormat: { type: 'JSON_OBJECT' } } };
  const saying =
    (...deltas: Record<string, unknown>[]): RawScript =>
    async exchange => {
      await exchange.write(streamHead + deltas.map(delta => chunk(delta)).join(''));
      exchange.end();
    };
  const call = (args: string, index = 0) => ({
    tool_calls: [{ index, id: `c${index}`, type: 'function', function: { name: 'find', arguments: args } }],
  });
  const openings: readonly (readonly [string, RawScript, RequestChanges])[] = [
    ['JSON', saying({ content: '{"a":' }), json],
    ['reasoning', saying({ reasoning: 'Hm, ' }), {}],
    ['reasoning before text', saying({ reasoning: 'Hm. ' }, { content: 'Once ' }), {}],
    ['a tool call', saying(call('{"q":')), {}],
  ];

  test.each(openings)('%s: CONTINUE asks nobody else', async (_, script, changes) => {
    const world = await openWorld([{ script }, golden({ golden: text })]);
    const { last } = await ask(world, 'CONTINUE', changes);
    expect(last).toMatchObject({ type: 'incomplete', error: { code: 'STREAM_CUT' } });
    expect(world.providers[1]?.requests).toHaveLength(0);
  });

  test.each(openings)('%s: RESTART starts over in the open', async (_, script, changes) => {
    const world = await openWorld([{ script }, golden({ golden: '{"a":1}', usage: [1, 1] })]);
    const { completion, events, handoffs } = await ask(world, 'RESTART', changes);
    expect(handoffs).toMatchObject([{ mode: 'RESTART', keepThroughSeq: 0 }]);
    expect(completion.answer).toMatchObject({ text: '{"a":1}', reasoning: '', toolCalls: [] });
    expect(rebuilt(events)).toBe('{"a":1}');
  });

  test.each([
    ['whose arguments are whole', saying(call('{"q":1}'))],
    ['that another follows', saying(call('{"q":'), call('', 1))],
  ])('a tool call %s may have been made: nobody starts over, in any mode', async (_, script) => {
    for (const mode of ['CONTINUE', 'RESTART'] as const) {
      const world = await openWorld([{ script }, golden({ golden: text })]);
      const { last } = await ask(world, mode);
      expect(last.type).toBe('incomplete');
      expect(world.providers[1]?.requests).toHaveLength(0);
    }
  });

  test('a refusal is never routed around', async () => {
    const world = await openWorld([{ script: saying({ refusal: 'I cannot ' }) }, golden({ golden: text })]);
    expect((await ask(world, 'RESTART')).last.type).toBe('incomplete');
    expect(world.providers[1]?.requests).toHaveLength(0);
  });
});

describe('a second fault', () => {
  test('before the other has let out anything leaves what was delivered', async () => {
    const world = await openWorld([cut(), golden({ golden: text, fault: { at: 20, kind: 'reset' } })]);
    const { last, completion } = await ask(world, 'CONTINUE');
    expect(last).toMatchObject({ type: 'incomplete', error: { code: 'STREAM_CUT' } });
    expect(completion).toMatchObject({ endpointId: 'acme/one@first', answer: { text: text.slice(0, 20) } });
    expect(completion.attempts.map(({ outcome }) => outcome)).toEqual(['CUT', 'CUT']);
  });

  test('after it leaves what both have delivered, and there is no third', async () => {
    const world = await openWorld([
      cut(),
      golden({ golden: text, fault: { at: 40, kind: 'fin' } }),
      golden({ golden: text }),
    ]);
    const { last, completion, handoffs, events } = await ask(world, 'RESTART');
    expect(last.type).toBe('incomplete');
    expect(completion).toMatchObject({ endpointId: 'acme/one@second', answer: { text: text.slice(0, 40) } });
    expect(textOf(events)).toBe(text.slice(0, 40));
    expect(handoffs).toHaveLength(1);
    expect(world.providers[2]?.requests).toHaveLength(0);
  });
});

test.each([
  ['fin', 'CUT'],
  ['reset', 'CUT'],
  ['stall', 'STALLED'],
  ['malformed', 'MALFORMED'],
  ['error-event', 'FAILED'],
] as const)('%s is told as %s', async (kind, reason) => {
  const world = await openWorld([cut(20, kind), { script: sayGolden({ golden: text }) }]);
  expect((await ask(world, 'CONTINUE')).handoffs).toMatchObject([{ reason }]);
});

test('a stream that broke after its finish reason is not gone on with', async () => {
  const world = await openWorld([
    {
      script: async exchange => {
        await exchange.write(streamHead + chunk({ content: 'All.' }) + chunk({}, 'stop') + done);
        exchange.end();
      },
    },
    golden({ golden: text }),
  ]);
  expect((await ask(world, 'CONTINUE')).completion).toMatchObject({ status: 'FINISHED', answer: { text: 'All.' } });
  expect(world.providers[1]?.requests).toHaveLength(0);
});
