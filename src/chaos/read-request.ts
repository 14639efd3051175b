import { Buffer } from 'node:buffer';

/** One HTTP request, its body put together. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Reads the first request in these bytes; undefined while it is not whole. */
export function readRequest(bytes: Buffer): { readonly request: ReceivedRequest; readonly length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map(line => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = headEnd + 4;
  const read = /chunked/i.test(headers['transfer-encoding'] ?? '')
    ? readChunks(bytes, start)
    : readLength(bytes, start, Number(headers['content-length'] ?? 0));
  return read && { request: { method, path, headers, body: read.body }, length: read.end };
}

interface ReadBody {
  readonly body: string;
  /** Where the next request begins. */
  readonly end: number;
}

function readLength(bytes: Buffer, start: number, length: number): ReadBody | undefined {
  const end = start + length;
  return bytes.length < end ? undefined : { body: bytes.subarray(start, end).toString('utf8'), end };
}

/** Trailers are not expected. */
function readChunks(bytes: Buffer, start: number): ReadBody | undefined {
  let body = '';
  let at = start;
  for (;;) {
    const sizeEnd = bytes.indexOf('\r\n', at);
    if (sizeEnd === -1) return undefined;
    const size = Number.parseInt(bytes.subarray(at, sizeEnd).toString('latin1'), 16);
    const dataEnd = sizeEnd + 2 + size;
    if (Number.isNaN(size) || bytes.length < dataEnd + 2) return undefined;
    if (size === 0) return { body: Buffer.from(body, 'latin1').toString('utf8'), end: dataEnd + 2 };
    body += bytes.subarray(sizeEnd + 2, dataEnd).toString('latin1');
    at = dataEnd + 2;
  }
}
