/**
 * Cuts HTTP/1.1 requests with a `content-length`, or none, out of what a socket brings.
 *
 * @param onRequest Gets the head and the body as text of one byte a character.
 */
export function createRequestReader(onRequest: (head: string, body: string) => void): (data: Buffer) => void {
  let waiting = '';
  return data => {
    waiting += data.toString('latin1');
    for (;;) {
      const headEnd = waiting.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const head = waiting.slice(0, headEnd);
      const bodyEnd = headEnd + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (waiting.length < bodyEnd) return;
      const body = waiting.slice(headEnd + 4, bodyEnd);
      waiting = waiting.slice(bodyEnd);
      onRequest(head, body);
    }
  };
}
