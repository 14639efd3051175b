import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Reads a text file, at most `maxBytes` of it.
 *
 * @returns Undefined where there is no such file.
 * @throws {FileFault} With a line that says why it can not be read; the line never holds what is in it.
 */
export type ReadFile = (path: string, maxBytes: number) => string | undefined;

/** Why a file can not be used: too large, not text, not readable. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

/** Reads from disk without trusting the size that the file system reports: pipes and `/proc` report none. */
export const readSmallFile: ReadFile = (path, maxBytes) => {
  const bytes = Buffer.allocUnsafe(maxBytes + 1);
  let length = 0;
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
      if (length > maxBytes) throw new FileFault(`is larger than ${maxBytes} bytes`);
    }
  } catch (fault) {
    if (fault instanceof FileFault) throw fault;
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown';
    if (code === 'ENOENT') return undefined;
    throw new FileFault(`can not be read (${code})`, { cause: fault });
  } finally {
    if (file !== undefined) closeSync(file);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (fault) {
    throw new FileFault('is not UTF-8 text', { cause: fault });
  }
};
