import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileFault, readSmallFile } from '../../src/config/read-small-file.ts';

test('a file is read up to its limit, and what is no such file says why', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-'));
  try {
    const path = join(folder, 'file');
    writeFileSync(path, '\ufeffaé');
    expect(readSmallFile(path, 6)).toBe('aé');
    expect(() => readSmallFile(path, 5)).toThrow(new FileFault('is larger than 5 bytes'));
    writeFileSync(path, Buffer.of(0xff));
    expect(() => readSmallFile(path, 5)).toThrow(new FileFault('is not UTF-8 text'));
    expect(() => readSmallFile(folder, 5)).toThrow(new FileFault('can not be read (EISDIR)'));
    expect(() => readSmallFile('/dev/zero', 1000)).toThrow(new FileFault('is larger than 1000 bytes'));
    expect(readSmallFile(join(folder, 'none'), 5)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
