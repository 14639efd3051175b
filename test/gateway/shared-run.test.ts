import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActiveRun } from '../../src/gateway/run.ts';
import { type ShareOptions, shareRun } from '../../src/gateway/shared-run.ts';
import type { Completion, CompletionEvent } from '../../src/model/completion.ts';
import { noUsage } from '../../src/model/usage.ts';
import { memoryStreamStore } from '../../src/stores/memory/stream-store.ts';
import { createEventStream } from '../../src/stream/event-stream.ts';
import { manualClock } from '../support/manual-clock.ts';

const clock = manualClock();
const id = '01a00000-0000-7000-8000-000000000001';
const completion: Completion = {
  id,
  tenantId: 't',
  projectId: 'p',
  status: 'FINISHED',
  usage: noUsage,
  attempts: [],
  redactions: [],
  createdAt: 0,
  workload: 'default',
  labels: [],
};

/** A run that the test plays, shared. */
function play(options: Partial<ShareOptions> = {}) {
  let seq = 0;
  let isPaused = false;
  const source = createEventStream<CompletionEvent>({
    onPause() {
      isPaused = true;
    },
    onResume() {
      isPaused = false;
    },
  });
  const run = { id, events: source.stream } as ActiveRun;
  const shared = shareRun(run, { clock, waitsForFirst: false, remembers: true, onLeft: () => {}, ...options });
  return {
    shared,
    get isPaused() {
      return isPaused;
    },
    say: (...texts: readonly string[]) =>
      source.write(texts.map(text => ({ type: 'text', completionId: id, seq: seq++, text }))),
    end() {
      source.write([{ type: 'finished', completionId: id, seq: seq++, completion }]);
      source.end();
    },
  };
}

/** Reads all that comes; holds still where it is told to. */
function read(events: ReturnType<ReturnType<typeof shareRun>['follow']>, takes: () => boolean = () => true) {
  const heard: CompletionEvent[] = [];
  let isOver = false;
  events.pipe({
    write(batch) {
      heard.push(...batch);
      return takes();
    },
    end() {
      isOver = true;
    },
  });
  return {
    heard,
    get isOver() {
      return isOver;
    },
    get text() {
      return heard.map(event => (event.type === 'text' ? event.text : '')).join('');
    },
  };
}

describe('a run that several read', () => {
  test('gives the same text, each number once, to whoever attaches whenever and after whichever number', () => {
    const batches = fc.array(fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 40,
    });
    const readers = fc.array(
      fc.record({ at: fc.nat(41), after: fc.integer({ min: -1, max: 60 }), resumesAfter: fc.nat(5) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(batches, readers, (said, attached) => {
        const { shared, say, end } = play();
        const all = said.flat();
        const reading: { after: number; reader: ReturnType<typeof read>; resume: () => void }[] = [];
        const attach = (moment: number) => {
          for (const { at, after, resumesAfter } of attached) {
            if (Math.min(at, said.length + 1) !== moment) continue;
            const events = shared.follow(after);
            let taken = 0;
            const reader = read(events, () => ++taken % (resumesAfter + 1) !== 0);
            reading.push({ after, reader, resume: () => events.resume() });
          }
        };
        for (const [moment, batch] of said.entries()) {
          attach(moment);
          say(...batch);
          if (moment % 3 === 0) for (const { resume } of reading) resume();
        }
        attach(said.length);
        end();
        attach(said.length + 1);
        for (let turn = 0; turn < 100; turn++) for (const { resume } of reading) resume();
        for (const { after, reader } of reading) {
          expect(reader.isOver).toBe(true);
          expect(reader.text).toBe(all.slice(after + 1).join(''));
          const first = Math.min(after + 1, all.length + 1);
          expect(reader.heard.map(({ seq }) => seq)).toEqual(
            Array.from({ length: all.length + 1 - first }, (_, index) => first + index),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('forgets what all have taken, where nobody may come late: who comes then gets nothing, not a part', () => {
    const { shared, say, end } = play({ remembers: false });
    const first = read(shared.follow());
    say('one');
    const late = read(shared.follow());
    say('two');
    end();
    expect(first.text).toBe('onetwo');
    expect([late.text, late.isOver]).toEqual(['', true]);
    expect(read(shared.follow(0)).heard).toEqual([]);
  });

  test('waits for its first reader where no other holds it, and never for a second one', () => {
    const played = play({ waitsForFirst: true });
    const events = played.shared.follow();
    const first = read(events, () => false);
    read(played.shared.follow(), () => false);
    played.say('one');
    expect(played.isPaused).toBe(true);
    for (let turn = 0; turn < 5; turn++) events.resume();
    played.say('two');
    for (let turn = 0; turn < 5; turn++) events.resume();
    expect(first.text).toBe('onetwo');
    const never = play({ waitsForFirst: false });
    read(never.shared.follow(), () => false);
    for (let turn = 0; turn < 100; turn++) never.say('x');
    expect(never.isPaused).toBe(false);
  });

  test('lets go of a reader that is too far behind, and does not pass it off as whole', () => {
    const { shared, say, end } = play();
    const events = shared.follow();
    const slow = read(events, () => false);
    const fast = read(shared.follow());
    for (let turn = 0; turn < 20; turn++) say('x'.repeat(1_000_000));
    end();
    for (let turn = 0; turn < 50; turn++) events.resume();
    expect([slow.isOver, slow.heard.at(-1)?.type]).toEqual([true, 'text']);
    expect([fast.isOver, fast.heard.at(-1)?.type, fast.text.length]).toEqual([true, 'finished', 20_000_000]);
    expect(shared.isLogged).toBe(false);
  });

  test('tells nobody of the end before what must come first has happened, or failed', async () => {
    for (const outcome of ['resolves', 'rejects'] as const) {
      const before = Promise.withResolvers<void>();
      const { shared, say, end } = play({ beforeEnd: () => before.promise });
      const reader = read(shared.follow());
      say('one');
      end();
      await new Promise(resolve => setImmediate(resolve));
      expect(reader.heard).toHaveLength(1);
      if (outcome === 'resolves') before.resolve();
      else before.reject(new Error('no'));
      await shared.ended;
      expect(reader.heard.at(-1)?.type).toBe('finished');
    }
  });

  test('takes a reader that has stood still for thirty seconds for one that left, and no other', () => {
    const left: number[] = [];
    const { shared, say } = play({ onLeft: (_, readersLeft) => left.push(readersLeft) });
    const reading = read(shared.follow());
    read(shared.follow(), () => false);
    say('one');
    clock.advance(29_999);
    expect(left).toEqual([]);
    clock.advance(1);
    expect(left).toEqual([1]);
    say('two');
    expect(reading.text).toBe('onetwo');
  });

  test('says who left, and writes down nothing any more once no rule lets it', async () => {
    const left: (readonly [boolean, number])[] = [];
    const streams = memoryStreamStore({ now: () => 0 });
    const facts = { completionId: id, tenantId: 't', projectId: 'p', projectPath: ['p'] };
    const played = play({
      log: streams.open(facts, 60_000),
      onLeft: (wasFirst, readersLeft) => left.push([wasFirst, readersLeft]),
    });
    const [first, second] = [played.shared.follow(), played.shared.follow()];
    played.say('one');
    expect((await streams.read(id, -1))?.events).toHaveLength(1);
    second.cancel();
    first.cancel();
    expect(left).toEqual([
      [false, 1],
      [true, 0],
    ]);
    played.shared.stopLogging();
    played.say('two');
    played.end();
    await played.shared.ended;
    expect(await streams.read(id, -1)).toBeUndefined();
    expect(played.shared.isLogged).toBe(false);
  });
});
