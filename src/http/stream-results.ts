import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { CompletionRun } from '../gateway/gateway.ts';
import type { DeltaWriter } from '../graphql/plans/projection.ts';
import { type PushedResults, pushResults } from '../graphql/plans/push-results.ts';
import type { RunTap } from '../graphql/plans/run-tap.ts';
import { createEventStreamWriter, type EventStreamWriter } from './event-stream-writer.ts';
import { type ExecutedResult, failedResult, writeResult } from './execution-result.ts';

export interface StreamedResults {
  readonly executed: AsyncIterable<ExecutedResult>;
  readonly headers: OutgoingHttpHeaders;
  /** Present where deltas may be written without execution, and then used if a resolver gave its run to the tap. */
  readonly tapped?: { readonly tap: RunTap; readonly writeDelta: DeltaWriter };
  /** Told at once when the client leaves before the end. */
  readonly onLeave: () => void;
  /** Turns what an executor threw into what a caller may see. */
  readonly mapError: (error: unknown) => unknown;
}

/** One event of the graphql-sse protocol, "distinct connections" mode. */
export function nextEvent(json: string): string {
  return `event: next\ndata: ${json}\n\n`;
}

/** The last event of the graphql-sse protocol. */
export const completeEvent = 'event: complete\ndata:\n\n';

/** Answers with a stream of results over server-sent events. */
export function streamResults(response: ServerResponse, results: StreamedResults): void {
  const { tapped } = results;
  const run = tapped?.tap.run;
  if (tapped === undefined || run === undefined) pullResults(response, results);
  else pushRun(response, results, tapped, run);
}

function pushRun(
  response: ServerResponse,
  { executed, headers, onLeave, mapError }: StreamedResults,
  { tap, writeDelta }: NonNullable<StreamedResults['tapped']>,
  run: CompletionRun,
): void {
  let pushed: PushedResults | undefined;
  const writer = createEventStreamWriter(response, {
    headers: () => headers,
    onDrain: () => pushed?.resume(),
    onClose: () => {
      pushed?.cancel();
      onLeave();
    },
  });
  pushed = pushResults({
    run,
    tap,
    writeDelta,
    executed,
    writeExecuted: result => writeResult(result as ExecutedResult),
    sink: {
      write(jsons) {
        let text = '';
        for (const json of jsons) text += nextEvent(json);
        return writer.write(text);
      },
      end: () => writer.end(completeEvent),
      fail: error => writer.end(nextEvent(writeResult(failedResult([mapError(error)]))) + completeEvent),
    },
  });
  openSoon(writer);
}

/** For subscriptions whose every event is executed. */
function pullResults(response: ServerResponse, { executed, headers, onLeave, mapError }: StreamedResults): void {
  const results = executed[Symbol.asyncIterator]();
  let drained: (() => void) | undefined;
  const writer = createEventStreamWriter(response, {
    headers: () => headers,
    onDrain: () => drained?.(),
    onClose: () => {
      // The signal first: a generator that waits for a silent source can not be closed by its iterator.
      onLeave();
      drained?.();
      results.return?.()?.catch(() => {});
    },
  });
  openSoon(writer);

  async function pump(): Promise<void> {
    for (;;) {
      const { done, value } = await results.next();
      if (writer.isClosed) return;
      if (done === true) return writer.end(completeEvent);
      if (writer.write(nextEvent(writeResult(value)))) continue;
      await new Promise<void>(resolve => {
        drained = resolve;
      });
    }
  }

  pump().catch((error: unknown) => {
    writer.end(nextEvent(writeResult(failedResult([mapError(error)]))) + completeEvent);
  });
}

/** The head goes with the first event where that is there at once, and does not wait for it where it is not. */
function openSoon(writer: EventStreamWriter): void {
  setImmediate(() => writer.open());
}
