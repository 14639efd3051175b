import type { OutgoingResponse } from './carrier.ts';

/**
 * Ends an answer with its last text. A client that stops reading before it has all of it is cut off, so that neither
 * its memory nor a drain waits for it for ever; one that reads slowly is not, as long as it goes on.
 *
 * @param stallMs How long nothing of the rest may move, in milliseconds. Default 30,000.
 */
export function endResponse(response: OutgoingResponse, text: string, stallMs = 30_000): void {
  response.end(text);
  // The socket's own timer: it sees what the system still holds of one large write, and is replaced by that of
  // keep-alive once all has left.
  if (response.writableLength > 0) response.setTimeout(stallMs, () => response.destroy());
}
