import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { collectCompletion } from '../../src/graphql/collect-completion.ts';
import { streamEvents } from '../../src/graphql/stream-events.ts';
import type { CompletionEvent } from '../../src/model/completion.ts';
import { createEventStream } from '../../src/stream/event-stream.ts';

const never = new AbortController().signal;

describe('streamEvents', () => {
  test('yields single events in order, whatever batches they came in', async () => {
    const source = createEventStream<number>();
    source.write([1, 2]);
    const events = streamEvents(source.stream, never);
    source.write([3]);
    source.end();
    const seen: number[] = [];
    for await (const event of events) seen.push(event);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('return() cancels within the tick, while next() waits for a silent source', async () => {
    let cancelled = 0;
    const source = createEventStream<number>({ onCancel: () => (cancelled += 1) });
    const events = streamEvents(source.stream, never);
    const waiting = events.next();
    void events.return?.();
    expect(cancelled).toBe(1);
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('an aborted signal cancels within the tick, before or after the start', () => {
    let cancelled = 0;
    const onCancel = () => (cancelled += 1);
    const leaving = new AbortController();
    streamEvents(createEventStream<number>({ onCancel }).stream, leaving.signal);
    leaving.abort();
    streamEvents(createEventStream<number>({ onCancel }).stream, leaving.signal);
    expect(cancelled).toBe(2);
  });

  test('a slow reader pauses the source, and a reader that catches up lets it go on', async () => {
    let resumed = 0;
    const source = createEventStream<number>({ onResume: () => (resumed += 1) });
    const events = streamEvents(source.stream, never);
    resumed = 0;
    const batch = Array.from({ length: 64 }, (_, index) => index);
    expect(source.write(batch)).toBe(false);
    for (const expected of batch) expect(await events.next()).toEqual({ done: false, value: expected });
    expect(resumed).toBe(1);
    expect(source.write([64])).toBe(true);
  });
});

describe('collectCompletion', () => {
  test('rejects and cancels at once when the caller leaves', async () => {
    let cancelled = 0;
    const leaving = new AbortController();
    const { stream } = createEventStream<CompletionEvent>({ onCancel: () => (cancelled += 1) });
    const collected = collectCompletion({ id: 'x', events: stream, limitsLeft: [] }, leaving.signal);
    leaving.abort();
    expect(cancelled).toBe(1);
    await expect(collected).rejects.toThrow(GatewayError);
  });
});
