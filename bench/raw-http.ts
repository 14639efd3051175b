/** What one request is on the wire. */
export interface RawRequest {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** What a chunked answer ends with. */
export const chunkedEnd = '\r\n0\r\n\r\n';

/** A POST as text, to be written to a socket. */
export function requestText({ path, port, headers, body }: RawRequest): string {
  const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(entry => entry.join(': '));
  const head = [`POST ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`, ...lines, `content-length: ${body.length}`];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Whether all of an answer has come, with a `content-length` or in chunks. */
export function isWhole(received: string): boolean {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd))?.[1];
  return length === undefined ? received.endsWith(chunkedEnd) : received.length >= headEnd + 4 + Number(length);
}

/** How often a word stands in a text. */
export function countOf(word: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) count++;
  return count;
}
