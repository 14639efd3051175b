import { describe, expect, test } from 'vitest';
import { createEventStream } from '../../src/stream/event-stream.ts';

describe('createEventStream', () => {
  test('delivers in the tick in which it was written, batch by batch', () => {
    const { stream, write, end } = createEventStream<number>();
    const seen: unknown[] = [];
    stream.pipe({
      write(batch) {
        seen.push(batch);
        return true;
      },
      end: () => void seen.push('end'),
    });
    write([1, 2]);
    write([3]);
    end();
    expect(seen).toEqual([[1, 2], [3], 'end']);
  });

  test('keeps what is written before a reader comes', async () => {
    const { stream, write, end } = createEventStream<number>();
    write([1]);
    end();
    const seen: (readonly number[])[] = [];
    for await (const batch of stream) seen.push(batch);
    expect(seen).toEqual([[1]]);
  });

  test('asks the source to pause when the reader is full, and to go on when it is not', () => {
    let resumed = 0;
    const onResume = () => {
      resumed += 1;
    };
    const { stream, write } = createEventStream<number>({ onResume });
    stream.pipe({ write: () => false, end() {} });
    resumed = 0;
    expect(write([1])).toBe(false);
    stream.resume();
    expect(resumed).toBe(1);
  });

  test('tells the source at once that the reader left, once, and delivers nothing more', async () => {
    const reasons: unknown[] = [];
    const { stream, write } = createEventStream<number>({ onCancel: reason => void reasons.push(reason) });
    const iterator = stream[Symbol.asyncIterator]();
    const pending = iterator.next();
    void iterator.return?.();
    expect(reasons).toEqual([undefined]);
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(write([1])).toBe(false);
    stream.cancel();
    expect(reasons).toHaveLength(1);
  });

  test('a reader that leaves after the end cancels nothing', () => {
    const reasons: unknown[] = [];
    const { stream, end } = createEventStream<number>({ onCancel: reason => void reasons.push(reason) });
    end();
    stream.pipe({ write: () => true, end() {} });
    stream.cancel();
    expect(reasons).toEqual([]);
  });
});

describe('without a reader', () => {
  test('asks for a pause at the high-water mark, and to go on once a reader takes it all', async () => {
    const resumed: number[] = [];
    const { stream, write, end } = createEventStream<number>({
      highWaterMark: 3,
      onResume: () => void resumed.push(1),
    });
    expect([write([1]), write([2]), write([3]), write([4])]).toEqual([true, true, false, false]);
    expect(resumed).toEqual([]);
    const seen: number[] = [];
    stream.pipe({
      write(batch) {
        seen.push(...batch);
        return true;
      },
      end: () => void seen.push(0),
    });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(resumed).toEqual([1]);
    expect(write([5])).toBe(true);
    end();
    expect(seen).toEqual([1, 2, 3, 4, 5, 0]);
  });

  test('cancelling tells the source, and lets go of what waited', () => {
    const reasons: unknown[] = [];
    const { stream, write } = createEventStream<number>({ onCancel: reason => void reasons.push(reason) });
    write([1]);
    stream.cancel('left');
    const seen: unknown[] = [];
    stream.pipe({ write: batch => seen.push(batch) > 0, end() {} });
    expect([seen, reasons]).toEqual([[], ['left']]);
  });
});

describe('while paused', () => {
  test('the end waits for its turn: nothing is lost, and it comes once', () => {
    const { stream, write, end } = createEventStream<number>();
    const seen: unknown[] = [];
    stream.pipe({
      write(batch) {
        seen.push(batch);
        return false;
      },
      end: () => void seen.push('end'),
    });
    write([1]);
    write([2]);
    end();
    end();
    expect(write([3])).toBe(true);
    expect(seen).toEqual([[1]]);
    stream.resume();
    expect(seen).toEqual([[1], [2]]);
    stream.resume();
    stream.resume();
    expect(seen).toEqual([[1], [2], 'end']);
  });

  test('resuming after the end does not ask a source to go on', () => {
    const resumed: number[] = [];
    const { stream, write, end } = createEventStream<number>({ onResume: () => void resumed.push(1) });
    stream.pipe({ write: () => false, end() {} });
    resumed.length = 0;
    write([1]);
    end();
    stream.resume();
    expect(resumed).toEqual([]);
  });
});

describe('a pending next', () => {
  test('ends when the same reader returns', async () => {
    const reasons: unknown[] = [];
    const { stream } = createEventStream<number>({ onCancel: reason => void reasons.push(reason) });
    const iterator = stream[Symbol.asyncIterator]();
    const pending = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(reasons).toHaveLength(1);
  });

  test('ends when somebody else cancels the stream', { timeout: 2_000 }, async () => {
    const { stream } = createEventStream<number>();
    const pending = stream[Symbol.asyncIterator]().next();
    stream.cancel();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  test('gets what comes, and after the end nothing', async () => {
    const { stream, write, end } = createEventStream<number>();
    const iterator = stream[Symbol.asyncIterator]();
    const pending = iterator.next();
    write([1]);
    end();
    expect(await pending).toEqual({ done: false, value: [1] });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

test('a second reader is refused: two would each get half', () => {
  const { stream } = createEventStream<number>();
  stream.pipe({ write: () => true, end() {} });
  expect(() => stream.pipe({ write: () => true, end() {} })).toThrow(TypeError);
});
