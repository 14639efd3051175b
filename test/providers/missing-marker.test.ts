import { describe, expect, test } from 'vitest';
import { adapterFor, collect, delta, start, stop } from '../support/called-provider.ts';
import { chunk, type RawExchange, streamHead } from '../support/raw-provider.ts';

const usage = 'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n';

/** Plays this after the first text and keeps the connection open; resolves to the events once the call has ended. */
async function answered(after: (exchange: RawExchange) => Promise<unknown>) {
  const provider = await start(async exchange => {
    await exchange.write(streamHead() + chunk(delta('Hi')));
    await after(exchange);
  });
  return await collect(adapterFor(provider.url));
}

const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

describe('a stream whose provider says why it ended, and then neither ends it nor says [DONE]', () => {
  test('is whole once its usage has come', async () => {
    const events = await answered(exchange => exchange.write(chunk(stop) + chunk(usage)));
    expect(types(events)).toEqual(['accepted', 'text', 'usage', 'finish', 'end']);
  });

  test('is whole without usage, after a short wait for it', async () => {
    const events = await answered(exchange => exchange.write(chunk(stop)));
    expect(types(events)).toEqual(['accepted', 'text', 'finish', 'end']);
  });

  test('is whole also where comments, or ever more usage, keep the connection busy', async () => {
    for (const noise of [': ping\n\n', usage]) {
      const events = await answered(async exchange => {
        await exchange.write(chunk(stop));
        const timer = setInterval(() => void exchange.write(chunk(noise)), 50);
        await exchange.hungUp;
        clearInterval(timer);
      });
      expect(types(events).filter(type => type !== 'usage')).toEqual(['accepted', 'text', 'finish', 'end']);
    }
  });

  test('control: without a finish_reason it is not: the call goes on until somebody ends it', async () => {
    const leaving = new AbortController();
    const written = Promise.withResolvers<void>();
    const provider = await start(async exchange => {
      await exchange.write(streamHead() + chunk(delta('Hi')) + chunk(usage));
      written.resolve();
    });
    const call = collect(adapterFor(provider.url), {}, leaving.signal);
    await written.promise;
    // It outlasts the longest grace that one with a finish_reason is given.
    await answered(exchange => exchange.write(chunk(stop)));
    leaving.abort();
    const events = await call;
    expect(types(events)).toEqual(['accepted', 'text', 'usage', 'failure']);
  });
});
