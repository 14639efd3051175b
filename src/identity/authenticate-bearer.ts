import type { Principal } from '../model/principal.ts';
import type { AccessControl } from './access-control.ts';

/**
 * Finds out who asks, the same for every entrance. Verdicts that are cached cost no promise.
 *
 * @param bearer The key or token; undefined where none came.
 * @throws {GatewayError} UNAUTHENTICATED, STORE_UNAVAILABLE.
 */
export function authenticateBearer(access: AccessControl, bearer: string | undefined): Principal | Promise<Principal> {
  if (bearer === undefined) return access.authenticate(undefined);
  return access.authenticateCached(bearer) ?? access.authenticate({ bearer });
}
