import type { Config } from './config.ts';
import { type AccessControl, createAccessControl } from './identity/access-control.ts';
import { openAdministratorKey } from './identity/administrator-key.ts';
import { createJwtVerifier } from './identity/jwt.ts';
import type { Keyring } from './identity/secrets.ts';
import type { Clock } from './model/clock.ts';
import { confirmation } from './open-nodes.ts';
import type { Stores } from './stores/sql/stores.ts';

export interface OpenedAccess {
  readonly access: AccessControl;
  /** The administrator key, where this start made it. */
  readonly generatedAdministratorKey?: string;
}

/** Opens the gate of identity over the stores, with the administrator key of the configuration or one of its own. */
export async function openAccess(
  config: Config,
  stores: Stores,
  keyring: Keyring,
  clock: Clock,
  onRevoked: () => void,
): Promise<OpenedAccess> {
  const hashKey = keyring.key('api-keys');
  const { secretHash, generated } = await openAdministratorKey({
    store: stores.secrets,
    hashKey,
    ...(config.administratorKey === undefined ? {} : { given: config.administratorKey.reveal() }),
  });
  const access = await createAccessControl({
    store: stores.access,
    clock,
    hashKey,
    administratorHash: secretHash,
    jwt: createJwtVerifier({ issuers: config.jwtIssuers, clock }),
    ...confirmation(config),
    onRevoked,
  });
  return { access, ...(generated === undefined ? {} : { generatedAdministratorKey: generated }) };
}
