import { describe, expect, test } from 'vitest';
import type { AuditAct } from '../../src/model/audit.ts';
import type { ContentStore } from '../../src/stores/content-store.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { usePostgres } from './support/postgres-databases.ts';

const act: AuditAct = { actor: 'administrator', action: 'content.erase', target: 'any', change: {} };

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();

  async function openFilled() {
    const url = await databases.migrated();
    await databases.server.ask(url, 'create extension pgstattuple');
    const { content } = await databases.open({ url });
    await keepSome(content);
    return { url, content };
  }

  /** Deleted rows that still stand in the table, and in the one that holds its long texts. */
  async function remains(url: string): Promise<unknown> {
    const [row] = await databases.server.ask(
      url,
      `select (pgstattuple('content')).dead_tuple_count as rows,
        (pgstattuple(reltoastrelid)).dead_tuple_count as texts from pg_class where oid = 'content'::regclass`,
    );
    return row;
  }

  test('text that was purged or erased stands in no row of the table when the promise resolves', async () => {
    const { url, content } = await openFilled();
    expect(await content.purge(50)).toBe(10);
    expect(await remains(url)).toEqual({ rows: '0', texts: '0' });
    expect(await content.erase('u1', undefined, act)).toEqual({ erased: 10, held: 0 });
    expect(await remains(url)).toEqual({ rows: '0', texts: '0' });
  });

  test('control: text that was only deleted stands in the table', async () => {
    const { url } = await openFilled();
    await databases.server.ask(url, 'delete from content where keep_until <= 50');
    expect(await remains(url)).toEqual({ rows: '10', texts: expect.stringMatching(/^[1-9]/) });
  });

  test('text that somebody still reads is said to be still there, and is gone the next time', async () => {
    const { url, content } = await openFilled();
    const snapshot = 'set transaction isolation level repeatable read; select count(*) from content';
    const release = await databases.server.hold(url, snapshot);
    await expect(content.purge(50)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: /somebody else reads/,
    });
    await release();
    expect(await content.purge(50)).toBe(0);
    expect(await remains(url)).toEqual({ rows: '0', texts: '0' });
  }, 60_000);

  test('text that the database did not clear is said to be still there', async () => {
    const { url } = await openFilled();
    await databases.server.ask(
      url,
      'create role clerk login; grant select, insert, update, delete on all tables in schema public to clerk',
    );
    const { content } = await databases.open({ url: url.replace('postgres@', 'clerk@'), migrate: 'off' });
    await expect(content.purge(50)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: /did not clear/ });
  });
});

async function keepSome(content: ContentStore): Promise<void> {
  for (let index = 0; index < 20; index += 1) {
    await content.keep({
      completionId: `c${index}`,
      createdAt: 1,
      tenantId: 'bank',
      projectId: 'bank',
      projectPath: ['bank'],
      user: 'u1',
      keepUntil: index < 10 ? 50 : 100,
      prompt: JSON.stringify(Array.from({ length: 3000 }, (_, word) => `${index} ${word * 7919}`).join(' ')),
      answer: '"short"',
    });
  }
}
