import { expect, test } from 'vitest';
import { start } from '../support/called-provider.ts';
import { booked, embedded, endOf, openGate, principal, request } from '../support/open-gate.ts';
import { chunk, streamHead } from '../support/openai-bytes.ts';

const piece = chunk({ content: 'many words '.repeat(1_500) });

/** Sends so many pieces of 16 KiB, then falls silent. */
async function flooded(pieces: number) {
  const hungUp = Promise.withResolvers<number>();
  const provider = await start(async exchange => {
    void exchange.hungUp.then(hungUp.resolve);
    await exchange.write(streamHead);
    for (let index = 0; index < pieces; index++) await exchange.write(piece);
  });
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, limits: { idleMs: 1_500 } }] });
  const run = opened.gate.run(principal(), request(), embedded);
  const end = await endOf(run);
  await hungUp.promise;
  return { end, completion: await booked(opened, run.id) };
}

test('a provider that sends far more than it was allowed is hung up on, and what came is booked', async () => {
  const { end, completion } = await flooded(400);
  expect(end).toMatchObject({ type: 'incomplete', error: { code: 'STREAM_CUT' } });
  expect(completion).toMatchObject({ status: 'INCOMPLETE', usage: { estimated: true } });
  expect(completion.usage.outputTokens).toBeGreaterThan(100_000);
});

test('control: one that stays within the limit is waited for', async () => {
  const { end } = await flooded(10);
  expect(end).toMatchObject({ type: 'incomplete', error: { code: 'PROVIDER_TIMEOUT' } });
});
