import { asObject, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';
import { type ArgumentBuilder, createArgumentBuilder } from './argument-builder.ts';

export interface ToolCallReader {
  /**
   * Reads one `functionCall`.
   *
   * @returns The number of the call it belongs to, or undefined where it is none: the body is not the protocol.
   */
  read(functionCall: JsonObject, answerId: string | undefined, events: ProviderEvent[]): number | undefined;
  /** Ends a call that is still open. */
  close(events: ProviderEvent[]): void;
  /** In order. */
  readonly ids: readonly string[];
}

/**
 * Reads calls, whole or streamed: the first piece of a streamed call holds its name, each says by `willContinue` that
 * another follows, and the last is often empty. Arguments are delivered once they are there as a whole.
 *
 * The API leaves ids out; such a call is named by the answer and its number.
 */
export function createToolCallReader(): ToolCallReader {
  const ids: string[] = [];
  let open: ArgumentBuilder | undefined;

  function close(events: ProviderEvent[]): void {
    if (open !== undefined) events.push({ type: 'tool-call', index: ids.length - 1, arguments: open.build() });
    open = undefined;
  }

  return {
    ids,
    close,
    read(functionCall, answerId, events) {
      const name = asText(functionCall.name);
      if (name !== undefined) {
        close(events);
        const index = ids.length;
        const id = asText(functionCall.id) ?? `${answerId ?? 'call'}_${index}`;
        ids.push(id);
        events.push({ type: 'tool-call', index, id, name, arguments: '' });
        open = createArgumentBuilder(asObject(functionCall.args));
      }
      if (open === undefined || !open.read(functionCall.partialArgs)) return undefined;
      if (functionCall.willContinue !== true) close(events);
      return ids.length - 1;
    },
  };
}
