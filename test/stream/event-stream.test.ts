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
