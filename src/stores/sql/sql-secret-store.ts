import { GatewayError } from '../../errors.ts';
import type { SecretStore } from '../secret-store.ts';
import { once } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Wrapped keys and small settings in a SQL database. */
export function sqlSecretStore({ query, write, read }: SqlDatabase): SecretStore {
  async function get(name: string): Promise<Uint8Array | undefined> {
    const [rows] = await read([once(query.selectFrom('secret').select('value').where('name', '=', name))], 'lookup');
    const value = rows?.[0]?.value;
    return value instanceof Uint8Array ? value : undefined;
  }

  return {
    get,
    async putIfAbsent(name, value) {
      await write([
        once(
          query
            .insertInto('secret')
            .values({ name, value })
            .onConflict(clash => clash.doNothing()),
        ),
      ]);
      const stored = await get(name);
      if (stored === undefined) throw new GatewayError('STORE_UNAVAILABLE', 'a secret was not kept');
      return stored;
    },
    put: (name, value) =>
      write([
        once(
          query
            .insertInto('secret')
            .values({ name, value })
            .onConflict(clash => clash.column('name').doUpdateSet({ value })),
        ),
      ]),
  };
}
