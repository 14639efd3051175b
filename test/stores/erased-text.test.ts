import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditAct } from '../../src/model/audit.ts';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';

const act: AuditAct = { actor: 'administrator', action: 'content.erase', target: 'any', change: {} };
let folder: string;
let stores: SqliteStores;
let word: string;

beforeEach(async () => {
  word = `word${randomUUID()}`;
  folder = await mkdtemp(join(tmpdir(), 'tollgate-erased-'));
  stores = await openSqliteStores({ file: join(folder, 'tollgate.db') });
  // Long enough to fill pages of its own.
  for (const [index, keepUntil] of [10, 10, 99].entries()) {
    await stores.content.keep({
      completionId: `c${index}`,
      createdAt: 1,
      tenantId: 'bank',
      projectId: 'bank',
      projectPath: ['bank'],
      user: 'u1',
      keepUntil,
      prompt: JSON.stringify(`${word} `.repeat(500)),
      answer: JSON.stringify(index === 2 ? `kept ${word.toUpperCase()}` : word),
    });
  }
});

afterEach(async () => {
  await stores.close();
  await rm(folder, { recursive: true });
});

/** The files whose bytes hold it: database, log, index of the log, journals. */
async function filesWith(text: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const holding = await Promise.all(names.map(async name => (await readFile(join(folder, name))).includes(text)));
  return names.filter((_, index) => holding[index]);
}

describe('text that was', () => {
  test('purged is in no file of the database, neither its log nor its free pages', async () => {
    expect(await filesWith(word)).not.toEqual([]);
    expect(await stores.content.purge(10)).toBe(2);
    expect(await filesWith(`${word} ${word}`)).not.toEqual([]);
    expect(await stores.content.purge(99)).toBe(1);
    expect(await filesWith(word)).toEqual([]);
  });

  test('erased is in no file of the database either', async () => {
    expect(await stores.content.erase('u1', undefined, act)).toEqual({ erased: 3, held: 0 });
    expect(await filesWith(word)).toEqual([]);
    expect((await stores.audit.head()).number).toBe(1);
  });

  test('purged after the database was closed and opened again is gone as well', async () => {
    await stores.close();
    stores = await openSqliteStores({ file: join(folder, 'tollgate.db') });
    expect(await filesWith(word)).not.toEqual([]);
    expect(await stores.content.purge(99)).toBe(3);
    expect(await filesWith(word)).toEqual([]);
  });

  test('control: held is still there', async () => {
    const hold = { id: 'h', projectId: 'bank', createdAt: 1, createdBy: 'administrator' };
    await stores.content.addHold(hold, act);
    expect(await stores.content.purge(99)).toBe(0);
    expect(await filesWith(word)).not.toEqual([]);
  });
});
