import { expect, test } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { pushResults } from '../../../src/graphql/plans/push-results.ts';
import { createRunTap } from '../../../src/graphql/plans/run-tap.ts';
import type { CompletionEvent } from '../../../src/model/completion.ts';
import { createEventStream } from '../../../src/stream/event-stream.ts';

const completionId = '01980000-0000-7000-8000-000000000001';
const route = { candidates: [], policies: [], findings: [], workload: 'default' };
const accepted: CompletionEvent = { type: 'accepted', completionId, seq: 0, route };
const text: CompletionEvent = { type: 'text', completionId, seq: 1, text: 'Hel' };

/** A run whose executor takes this many events, as seen by its reader. */
async function readRun(takes: number): Promise<{ readonly written: readonly string[]; readonly end: unknown }> {
  const cancelled = Promise.withResolvers<string>();
  const source = createEventStream<CompletionEvent>({ onCancel: () => cancelled.resolve('cancelled') });
  const run = { id: completionId, events: source.stream, limitsLeft: [] };
  const tap = createRunTap();
  const events = tap.take(run);
  async function* execute() {
    for (let taken = 0; taken < takes; taken += 1) {
      const { value, done } = await events.next();
      if (done === true) return;
      yield value;
    }
  }
  const written: string[] = [];
  const ended = Promise.withResolvers<unknown>();
  pushResults({
    run,
    tap,
    writeDelta: event => (event.type === 'text' ? event.text : undefined),
    executed: execute(),
    writeExecuted: event => (event as CompletionEvent).type,
    sink: {
      write(results) {
        written.push(...results);
        return true;
      },
      end: () => ended.resolve('whole'),
      fail: error => ended.resolve(error),
    },
  });
  source.write([text, accepted]);
  source.write([text]);
  if (takes > 0) source.end();
  const end = await ended.promise;
  if (end !== 'whole') expect(await cancelled.promise).toBe('cancelled');
  return { written, end };
}

test('an executor that ends before its run fails the answer and cancels the run', { timeout: 2_000 }, async () => {
  const { written, end } = await readRun(0);
  expect(written).toEqual(['Hel']);
  expect(end).toBeInstanceOf(GatewayError);
  expect((end as GatewayError).code).toBe('INTERNAL');
});

test('control: one that takes every event ends the answer whole', { timeout: 2_000 }, async () => {
  expect(await readRun(1)).toEqual({ written: ['Hel', 'accepted', 'Hel'], end: 'whole' });
});
