import type { Config } from '../config.ts';
import { readLock } from '../stores/state-lock.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import { remoteClient } from './remote-client.ts';

/**
 * Where a command speaks to: the server that `TOLLGATE_URL` names, else the one that runs on the state folder, else the
 * state itself.
 */
export async function connect(config: Config): Promise<GraphClient> {
  const { url, apiKey } = config.client;
  const address = url ?? (await readLock(config.stateDir))?.address;
  if (address === undefined) {
    const { localClient } = await import('./local-client.ts');
    return await localClient(config);
  }
  if (apiKey === undefined) {
    throw new CommandError(
      exitCodes.unavailable,
      `A server runs at ${address}. Set TOLLGATE_API_KEY to a key of it: the administrator key, or one made with createApiKey.`,
    );
  }
  return remoteClient({ url: address, apiKey: apiKey.reveal(), names: config.names });
}
