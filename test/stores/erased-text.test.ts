import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditAct } from '../../src/model/audit.ts';
import { ledgerMigration } from '../../src/stores/sql/migrations/0001-ledger.ts';
import { accessMigration } from '../../src/stores/sql/migrations/0002-access.ts';
import { policyMigration } from '../../src/stores/sql/migrations/0003-policies.ts';
import type { Tables } from '../../src/stores/sql/tables.ts';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { sqliteDialect } from '../../src/stores/sqlite/sqlite-dialect.ts';
import { openSqliteThread } from '../../src/stores/sqlite/sqlite-thread.ts';

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

/** As `filesWith`, of marks of short texts. */
async function filesWithAny(texts: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(folder);
  const bytes = await Promise.all(names.map(name => readFile(join(folder, name), 'latin1')));
  const found = bytes.map(text => new Set(text.match(/text\d+-\d+z/g)));
  return names.filter((_, index) => texts.some(text => found[index]?.has(text)));
}

interface Text {
  readonly id: string;
  /** The one that deletes it; of the third are those that stay. */
  readonly round: number;
  readonly words: string;
}

/** Of five texts in a row three go, then a fourth: pages that they share are emptied, and what stays is moved. */
function shortTexts(length: number): readonly Text[] {
  return Array.from({ length: 400 }, (_, index) => {
    const id = `${length}-${1000 + index}`;
    return { id, round: [1, 1, 1, 2, 3][index % 5] ?? 3, words: `text${id}z${'x'.repeat(length)}` };
  });
}

const marks = (texts: readonly Text[], isGone: boolean) =>
  texts.filter(({ round }) => round < 3 === isGone).map(({ words }) => words.slice(0, words.indexOf('z') + 1));

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

  test('short, among other short texts that stay, is gone too', async () => {
    const texts = [100, 200, 300, 450, 700].flatMap(shortTexts);
    const place = { createdAt: 1, tenantId: 'bank', projectId: 'bank', projectPath: ['bank'] };
    await Promise.all(
      texts.map(({ id, round, words }) =>
        stores.content.keep({
          ...place,
          completionId: id,
          keepUntil: round,
          prompt: JSON.stringify(words),
          answer: '{}',
        }),
      ),
    );
    expect([await stores.content.purge(1), await stores.content.purge(2)]).toEqual([1200, 400]);
    expect(await filesWithAny(marks(texts, true))).toEqual([]);
    expect(await filesWithAny(marks(texts, false))).not.toEqual([]);
  });

  test('control: short rows that stand in shared pages leave copies behind', async () => {
    const database = new DatabaseSync(join(folder, 'plain.db'));
    database.exec('PRAGMA secure_delete = ON; CREATE TABLE plain (id INTEGER PRIMARY KEY, round INTEGER, words TEXT)');
    const insert = database.prepare('INSERT INTO plain (round, words) VALUES (?, ?)');
    const texts = shortTexts(300);
    database.exec('BEGIN');
    for (const { round, words } of texts) insert.run(round, words);
    database.exec('COMMIT; DELETE FROM plain WHERE round = 1; DELETE FROM plain WHERE round = 2');
    database.close();
    expect(await filesWithAny(marks(texts, true))).toEqual(['plain.db']);
  });

  test('purged while somebody outside reads is said to be still there, holds up nobody, and is gone the next time', async () => {
    const outside = new DatabaseSync(join(folder, 'tollgate.db'), { readOnly: true });
    outside.exec('BEGIN');
    outside.prepare('SELECT count(*) FROM content').get();
    const purged = stores.content.purge(99).catch((fault: unknown) => fault);
    const before = performance.now();
    await stores.policies.version();
    await stores.content.holds();
    // The store waits up to five seconds for other processes: not here.
    expect(performance.now() - before).toBeLessThan(2000);
    expect(await purged).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await expect(stores.content.erase('u1', undefined, act)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await filesWith(word)).not.toEqual([]);
    outside.close();
    expect(await stores.content.purge(99)).toBe(0);
    expect(await filesWith(word)).toEqual([]);
  });

  test('purged while the gateway itself reads without a pause is gone', async () => {
    let isOver = false;
    const readers = Array.from({ length: 4 }, async () => {
      while (!isOver) await stores.content.contents(['c2'], 0);
    });
    expect(await stores.content.purge(99)).toBe(3);
    isOver = true;
    await Promise.all(readers);
    expect(await filesWith(word)).toEqual([]);
  });

  test('kept by a version before, in pages with others, is moved and then purged without a trace', async () => {
    const file = join(folder, 'before.db');
    const options = { file, isReader: false, synchronous: 'NORMAL', busyTimeoutMs: 5000, maxPages: 0 } as const;
    const thread = await openSqliteThread(options);
    const db = new Kysely<Tables>({ dialect: sqliteDialect(thread) });
    const before = { '0001-ledger': ledgerMigration, '0002-access': accessMigration, '0003-policies': policyMigration };
    await new Migrator({ db, provider: { getMigrations: async () => before } }).migrateToLatest();
    const old = `old${randomUUID()}`;
    const row = {
      created_at: 1,
      tenant_id: 't',
      project_id: 'p',
      project_path: '["p"]',
      api_key_id: '',
      user_name: 'u',
    };
    for (const [index, keep_until] of [10, 99].entries()) {
      const texts = { prompt: JSON.stringify(old), answer: '{}' };
      await db
        .insertInto('content')
        .values({ completion_id: `c${index}`, ...row, keep_until, ...texts })
        .execute();
    }
    await thread.close();
    const opened = await openSqliteStores({ file });
    const found = await opened.content.contents(['c0', 'c1'], 0);
    expect(found.map(kept => kept?.prompt)).toEqual([JSON.stringify(old), JSON.stringify(old)]);
    expect([await opened.content.purge(10), await opened.content.purge(99)]).toEqual([1, 1]);
    expect(await filesWith(old)).toEqual([]);
    await opened.close();
  });

  test('control: held is still there', async () => {
    const hold = { id: 'h', projectId: 'bank', createdAt: 1, createdBy: 'administrator' };
    await stores.content.addHold(hold, act);
    expect(await stores.content.purge(99)).toBe(0);
    expect(await filesWith(word)).not.toEqual([]);
  });
});
