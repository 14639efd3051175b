import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import { readPostgresAddress } from '../../src/stores/postgres/postgres-address.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { usePostgres } from './support/postgres-databases.ts';

describe('the URL of a database', () => {
  test.each([
    ['postgres://u@h/d', { host: 'h', port: 5432, database: 'd', user: 'u', tls: { mode: 'disable' } }],
    [
      'postgresql://u:p%40s%25@[::1]:6000/d%20e',
      { host: '::1', port: 6000, database: 'd e', user: 'u', password: 'p@s%' },
    ],
    ['postgres:///d?host=/var/run/postgresql&user=u', { host: '/var/run/postgresql', database: 'd', user: 'u' }],
    ['postgres://u@h/d?sslmode=require', { tls: { mode: 'require' } }],
    ['postgres://u@h/d?sslmode=require&sslrootcert=/ca.pem', { tls: { mode: 'verify-ca', rootFile: '/ca.pem' } }],
    ['postgres://u@h/d?sslmode=verify-ca&sslrootcert=/ca.pem', { tls: { mode: 'verify-ca', rootFile: '/ca.pem' } }],
    ['postgres://u@h/d?sslmode=verify-full', { tls: { mode: 'verify-full' } }],
    ['postgres://u@h/d?sslmode=verify-full&sslrootcert=system', { tls: { mode: 'verify-full' } }],
    [
      'postgres://u@h/d?sslmode=verify-full&sslcert=/c.pem&sslkey=/k.pem',
      { tls: { mode: 'verify-full', certificateFile: '/c.pem', keyFile: '/k.pem' } },
    ],
    ['postgres://u@h/d?options=-c%20search_path%3Dtollgate', { options: '-c search_path=tollgate' }],
  ])('reads %s', (url, expected) => {
    expect(readPostgresAddress(url)).toMatchObject(expected);
  });

  test.each([
    ['mysql://u:word4711@h/d', /form/],
    ['postgres://u:word4711@h:port/d', /form/],
    ['postgres://u:word4711%@h/d', /%25/],
    ['postgres://u:word4711@/d', /host|form/],
    ['postgres://u:word4711@a,b/d', /one host/],
    ['postgres://:word4711@h/d', /user/],
    ['postgres://u:word4711@h', /database/],
    ['postgres://u:word4711@h/d?port=0', /port/],
    ['postgres://u:word4711@h/d?sslMode=verify-full', /not known/],
    ['postgres://u:word4711@h/d?sslmode=prefer', /sslmode/],
    ['postgres://u:word4711@h/d?sslmode=no-verify', /sslmode/],
    ['postgres://u:word4711@h/d?sslmode=verify-ca', /sslrootcert/],
    ['postgres://u:word4711@h/d?sslrootcert=/ca.pem', /sslmode/],
    ['postgres://u:word4711@h/d?sslmode=verify-full&sslcert=/c.pem', /together/],
    ['postgres:///d?host=/run&user=word4711&sslmode=require', /socket/],
  ])('refuses %s, and shows none of it', (url, message) => {
    const refuse = () => readPostgresAddress(url);
    expect(refuse).toThrow(TypeError);
    expect(refuse).toThrow(message);
    expect(refuse).not.toThrow(/word4711/);
  });
});

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres({ tls: true });
  let folder: string;
  let otherAuthority: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-authority-'));
    otherAuthority = join(folder, 'other.pem');
    const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...kind, '-keyout', join(folder, 'key'), '-out', otherAuthority], { stdio: 'ignore' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** How many of the connections of stores with such an URL are encrypted; of the code where they could not be opened. */
  async function opened(host: string, parameters: string): Promise<unknown> {
    const url = await databases.migrated();
    const given = `${url.replace('127.0.0.1', host)}?${parameters}`;
    try {
      const { close } = await openPostgresStores({ url: given });
      const [row] = await databases.server.ask(
        url,
        `select bool_and(ssl) as encrypted from pg_stat_ssl inner join pg_stat_activity using (pid)
          where application_name like 'tollgate %' and datname = current_database()`,
      );
      await close();
      return row?.encrypted;
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  }

  test('is encrypted, and believed as far as sslmode says, as libpq has it', async () => {
    const { certificateFile } = databases.server;
    const own = `sslrootcert=${certificateFile}`;
    const other = `sslrootcert=${otherAuthority}`;
    expect(await opened('localhost', `sslmode=verify-full&${own}`)).toBe(true);
    expect(await opened('127.0.0.1', `sslmode=verify-full&${own}`)).toBe('STORE_UNAVAILABLE');
    expect(await opened('localhost', 'sslmode=verify-full')).toBe('STORE_UNAVAILABLE');
    expect(await opened('127.0.0.1', `sslmode=verify-ca&${own}`)).toBe(true);
    expect(await opened('localhost', `sslmode=verify-ca&${other}`)).toBe('STORE_UNAVAILABLE');
    expect(await opened('localhost', `sslmode=require&${other}`)).toBe('STORE_UNAVAILABLE');
    expect(await opened('127.0.0.1', 'sslmode=require')).toBe(true);
    expect(await opened('localhost', 'sslmode=disable')).toBe(false);
  }, 60_000);

  test('names the file of certificates that cannot be read', async () => {
    const url = `${await databases.migrated()}?sslmode=verify-full&sslrootcert=${join(folder, 'none.pem')}`;
    await expect(openPostgresStores({ url })).rejects.toThrow(/^url: sslrootcert/);
  });
});
