import { randomFillSync } from 'node:crypto';

const idBytes = 16;
/** Random bytes are drawn for so many ids at once: a draw costs several times what the rest of an id does. */
const idsPerDraw = 256;
const drawn = Buffer.alloc(idsPerDraw * idBytes);
let nextAt = drawn.length;

/** A new UUIDv7 (RFC 9562): 48 bits of milliseconds since the epoch, then random bits; it sorts by time. */
export function uuidV7(nowMs: number): string {
  if (nextAt === drawn.length) {
    randomFillSync(drawn);
    nextAt = 0;
  }
  const at = nextAt;
  nextAt += idBytes;
  drawn.writeUIntBE(nowMs, at, 6);
  drawn.writeUInt8((drawn.readUInt8(at + 6) & 0x0f) | 0x70, at + 6);
  drawn.writeUInt8((drawn.readUInt8(at + 8) & 0x3f) | 0x80, at + 8);
  const hex = drawn.toString('hex', at, nextAt);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
