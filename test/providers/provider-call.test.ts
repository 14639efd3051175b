import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import type { ProviderEvent } from '../../src/providers/provider.ts';
import { adapterFor, collect, delta, done, lastFailure, start, stop, whole } from '../support/called-provider.ts';
import { clearedRequest } from '../support/cleared-request.ts';
import { chunk, lastChunk, streamHead } from '../support/raw-provider.ts';

/** Not a figure to meet, but a limit that only a call which is left running reaches. */
const guardMs = 2_000;

describe('leaving', () => {
  interface Left {
    readonly ms: number;
    /** What was delivered when the leaving call returned. */
    readonly told: readonly string[];
    readonly events: readonly ProviderEvent[];
  }

  async function leaveBy(leave: 'abort' | 'cancel'): Promise<Left> {
    let hungUp: Promise<number> = Promise.resolve(0);
    const provider = await start(exchange => {
      ({ hungUp } = exchange);
      void exchange.write(streamHead() + chunk(delta('Hi')));
    });
    const controller = new AbortController();
    const events: ProviderEvent[] = [];
    const stream = adapterFor(provider.url).call(clearedRequest(), controller.signal);
    await new Promise<void>(resolve => {
      stream.pipe({
        write(batch) {
          events.push(...batch);
          if (batch.some(event => event.type === 'text')) resolve();
          return true;
        },
        end: () => {},
      });
    });
    const left = performance.now();
    if (leave === 'abort') controller.abort();
    else stream.cancel();
    const told = events.map(event => event.type);
    return { ms: (await hungUp) - left, told, events };
  }

  test('by the signal closes a silent connection, and says so at once', async () => {
    const { ms, told, events } = await leaveBy('abort');
    expect(ms).toBeLessThan(guardMs);
    expect(told).toEqual(['accepted', 'text', 'failure']);
    expect(events).toHaveLength(3);
    expect(lastFailure(events)?.kind).toBe('cancelled');
  });

  test('by cancel closes it too, and delivers nothing more', async () => {
    const { ms, events } = await leaveBy('cancel');
    expect(ms).toBeLessThan(guardMs);
    expect(events.map(event => event.type)).toEqual(['accepted', 'text']);
  });

  test('before the answer closes the connection', async () => {
    let hungUp: Promise<number> = Promise.resolve(0);
    const provider = await start(exchange => {
      ({ hungUp } = exchange);
    });
    const controller = new AbortController();
    const collected = collect(adapterFor(provider.url), {}, controller.signal);
    await provider.request(0);
    const left = performance.now();
    controller.abort();
    expect(await collected).toEqual([
      { type: 'failure', failure: { kind: 'cancelled', detail: 'aborted by the gateway' } },
    ]);
    expect((await hungUp) - left).toBeLessThan(guardMs);
  });

  test('before the call sends nothing', async () => {
    const provider = await start(exchange => void exchange.write(whole));
    const adapter = adapterFor(provider.url);
    expect(lastFailure(await collect(adapter, {}, AbortSignal.abort()))?.kind).toBe('cancelled');
    expect(provider.connections).toBe(0);
    await collect(adapter);
    expect(provider.requests).toHaveLength(1);
  });

  test('while it connects sends nothing', async () => {
    const provider = await start(exchange => void exchange.write(whole));
    const adapter = adapterFor(provider.url);
    const controller = new AbortController();
    const collected = collect(adapter, {}, controller.signal);
    controller.abort();
    expect(lastFailure(await collected)?.kind).toBe('cancelled');
    await collect(adapter);
    expect(provider.requests).toHaveLength(1);
  });
});

describe('back-pressure', () => {
  test('stops reading from a provider whose reader is full, and goes on when it is not', async () => {
    const piece = chunk(delta('x'.repeat(60_000)));
    const pieces = 400;
    let written = 0;
    const provider = await start(async exchange => {
      await exchange.write(streamHead());
      for (; written < pieces; written += 1) await exchange.write(piece);
      await exchange.write(chunk(stop + done) + lastChunk);
    });
    const stream = adapterFor(provider.url).call(clearedRequest(), new AbortController().signal);
    let units = 0;
    let isFull = true;
    const ended = new Promise<void>(resolve => {
      stream.pipe({
        write(batch) {
          for (const event of batch) if (event.type === 'text') units += event.text.length;
          return !isFull;
        },
        end: resolve,
      });
    });
    await provider.request(0);
    // The kernel's buffers fill, then nothing moves: seen by three equal looks in a row, each after other work was done.
    for (let equal = 0, before = -1; equal < 3; equal = before === written ? equal + 1 : 0, before = written) {
      for (let turn = 0; turn < 2_000; turn += 1) await new Promise(resolve => setImmediate(resolve));
    }
    expect(written).toBeLessThan(pieces);
    expect(units).toBeLessThan(1_000_000);
    isFull = false;
    stream.resume();
    await ended;
    expect(units).toBe(pieces * 60_000);
  });
});
