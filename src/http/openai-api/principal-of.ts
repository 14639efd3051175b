import type { AccessControl } from '../../identity/access-control.ts';
import { authenticateBearer } from '../../identity/authenticate-bearer.ts';
import { readCredential } from '../../identity/read-credential.ts';
import type { Principal } from '../../model/principal.ts';
import type { IncomingRequest } from '../carrier.ts';

/** How callers are told apart. */
export interface Identifying {
  readonly access: AccessControl;
  /** Who asks, for a server that tells callers apart in its own way. Default: by the key or token of the request. */
  readonly principal?: () => Principal | Promise<Principal>;
}

/** Finds out who asks. @throws {GatewayError} UNAUTHENTICATED, STORE_UNAVAILABLE; BAD_USER_INPUT for two credentials. */
export function principalOf(
  { access, principal }: Identifying,
  { rawHeaders }: IncomingRequest,
): Principal | Promise<Principal> {
  return principal === undefined ? authenticateBearer(access, readCredential(rawHeaders)) : principal();
}
