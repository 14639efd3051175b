import { parseEndpoint, type SeenEndpoint } from './endpoint-version.ts';
import { once } from './prepared.ts';
import { endpointKeysOf } from './route-record.ts';
import type { SqlDatabase, SqlRow } from './sql-database.ts';

const keysPerStatement = 500;

/** The endpoints that the recorded decisions of these completions name, as they were. */
export async function endpointsOf(
  { query, read }: SqlDatabase,
  rows: readonly SqlRow[],
): Promise<ReadonlyMap<string, SeenEndpoint>> {
  const keys = [...new Set(rows.flatMap(({ route }) => (route === null ? [] : endpointKeysOf(String(route)))))];
  const endpoints = new Map<string, SeenEndpoint>();
  for (let start = 0; start < keys.length; start += keysPerStatement) {
    const some = keys.slice(start, start + keysPerStatement);
    const select = query.selectFrom('endpoint_version').selectAll().where('key', 'in', some);
    const [versions = []] = await read([once(select)], 'report');
    for (const { key, document } of versions) endpoints.set(String(key), parseEndpoint(String(document)));
  }
  return endpoints;
}
