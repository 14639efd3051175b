import { Buffer, isUtf8 } from 'node:buffer';
import { GatewayError } from '../errors.ts';
import type { IncomingRequest } from './carrier.ts';

/** The longest body that is read, in bytes. */
export const maxBodyBytes = 2_000_000;
/** Bytes of a refused body that are still taken and thrown away, so that its sender gets to read the answer. */
const maxDiscardedBytes = 16_000_000;

/** The body is too large (413), compressed (415), cut or not UTF-8 (400). */
export class BodyFault extends GatewayError {
  readonly status: number;

  constructor(status: number, message: string) {
    super('BAD_USER_INPUT', message);
    this.status = status;
  }
}

/**
 * Reads a whole request body as text.
 *
 * @throws {BodyFault} Larger than `limit` bytes, compressed, cut, or not UTF-8.
 */
export function readBody(request: IncomingRequest, limit: number = maxBodyBytes): Promise<string> {
  return new Promise((resolve, reject) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      return reject(new BodyFault(415, 'compressed request bodies are not accepted'));
    }
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(tooLarge(limit));
    // The client may have left while its credential was looked up; no event would tell that any more.
    if (request.destroyed && !request.complete) return reject(new BodyFault(400, 'the body was cut'));
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.removeAllListeners('data');
        request.pause();
        return reject(tooLarge(limit));
      }
      chunks.push(chunk);
    });
    request.once('end', () => {
      const [first] = chunks;
      const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, length);
      if (isUtf8(bytes)) resolve(bytes.toString('utf8'));
      else reject(new BodyFault(400, 'the body is not UTF-8'));
    });
    request.once('error', () => reject(new BodyFault(400, 'the body was cut')));
    request.once('close', () => {
      if (!request.complete) reject(new BodyFault(400, 'the body was cut'));
    });
  });
}

/**
 * Takes the rest of a body that was refused, and throws it away: a connection that is reset while its client still
 * writes loses the answer. The server's own time limit ends it, and so does a body that goes on and on.
 */
export function discardBody(request: IncomingRequest): void {
  if (request.complete) return;
  let discarded = 0;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > maxDiscardedBytes) request.destroy();
  });
  request.resume();
}

function tooLarge(limit: number): BodyFault {
  return new BodyFault(413, `the body is larger than ${limit} bytes`);
}
