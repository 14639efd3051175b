import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What is read of a request, whatever carries it: Node's own, or one of `fetch`. */
export type IncomingRequest = Pick<
  IncomingMessage,
  | 'method'
  | 'headers'
  | 'headersDistinct'
  | 'rawHeaders'
  | 'complete'
  | 'destroyed'
  | 'on'
  | 'once'
  | 'removeAllListeners'
  | 'pause'
  | 'resume'
  | 'destroy'
>;

/** What is written of an answer. */
export interface OutgoingResponse
  extends Pick<
    ServerResponse,
    | 'headersSent'
    | 'destroyed'
    | 'writableFinished'
    | 'writableLength'
    | 'flushHeaders'
    | 'on'
    | 'once'
    | 'off'
    | 'destroy'
  > {
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  write(text: string): boolean;
  end(text: string): unknown;
  /** Calls back once nothing has moved for so long. */
  setTimeout(ms: number, callback: () => void): unknown;
}
