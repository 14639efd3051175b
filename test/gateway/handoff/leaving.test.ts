import { describe, expect, test } from 'vitest';
import { booked, embedded, eventsOf, principal, request } from '../../support/open-gate.ts';
import { chunk, streamHead } from '../../support/openai-bytes.ts';
import type { RawExchange } from '../../support/raw-provider.ts';
import { golden, openWorld, readUntil, textOf } from './handoff-world.ts';

const text = 'Once upon a time there was a gateway that never lied.';

/** The first breaks off; the other begins, and waits for whoever hangs up. */
async function waitingWorld(begins: boolean) {
  const hungUp = Promise.withResolvers<void>();
  const world = await openWorld([
    golden({ golden: text, fault: { at: 20, kind: 'fin' } }),
    {
      async script(exchange: RawExchange) {
        await exchange.write(streamHead + (begins ? chunk({ content: text.slice(20, 40) }) : ''));
        await exchange.hungUp;
        hungUp.resolve();
      },
    },
  ]);
  return { ...world, world, hungUp: hungUp.promise };
}

describe('while another endpoint takes over', () => {
  test.each([
    ['before it has said anything', false, text.slice(0, 20)],
    ['once it goes on', true, text.slice(0, 40)],
  ])('a caller who leaves %s hangs up on it, and both are booked', async (_, begins, delivered) => {
    const { gate, providers, hungUp, world } = await waitingWorld(begins);
    const run = gate.run(principal(), request(), embedded);
    await readUntil(run, delivered);
    await providers[1]?.request(0);
    run.events.cancel();
    await hungUp;
    const completion = await booked(world, run.id);
    expect(completion).toMatchObject({ status: 'CANCELLED', error: { code: 'CANCELLED' } });
    expect(completion.attempts.map(({ outcome }) => outcome)).toEqual(['CUT', 'CANCELLED']);
    expect(completion.usage.cost).toBe(completion.attempts.reduce((sum, { usage }) => sum + usage.cost, 0n));
    expect(world.leases).toBe(0);
  });

  test('the deadline of the request stays: what was delivered stands, and the other is hung up on', async () => {
    const { gate, hungUp, world } = await waitingWorld(true);
    const run = gate.run(principal(), request({ deadlineMs: 1_500 }), embedded);
    const events = await eventsOf(run);
    await hungUp;
    expect(events.at(-1)).toMatchObject({ type: 'incomplete', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(textOf(events)).toBe(text.slice(0, 40));
    expect((await booked(world, run.id)).attempts.map(({ outcome }) => outcome)).toEqual(['CUT', 'TIMED_OUT']);
  });
});

test.each([
  ['the caller left', 'CANCELLED'],
  ['this node shuts down', 'SHUTTING_DOWN'],
] as const)('once %s nobody takes over', async (_, code) => {
  const opened = Promise.withResolvers<void>();
  const world = await openWorld([
    {
      async script(exchange) {
        await exchange.write(streamHead + chunk({ content: 'Once upon' }));
        await Promise.race([opened.promise, exchange.hungUp]);
        exchange.end();
      },
    },
    golden({ golden: text }),
  ]);
  const run = world.gate.run(principal(), request(), embedded);
  const events = await readUntil(run, 'Once upon');
  if (code === 'CANCELLED') await world.gate.cancel(principal(), run.id);
  else await world.gate.drain(0);
  opened.resolve();
  await booked(world, run.id);
  expect(events.at(-1)).toMatchObject({ type: 'incomplete', error: { code } });
  expect(world.providers[1]?.requests).toHaveLength(0);
});
