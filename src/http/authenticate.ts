import type { AccessControl } from '../identity/access-control.ts';
import type { Principal } from '../model/principal.ts';

/**
 * Finds out who asks. Verdicts that are cached cost no promise.
 *
 * @throws {GatewayError} UNAUTHENTICATED, STORE_UNAVAILABLE.
 */
export function authenticate(access: AccessControl, credential: string | undefined): Principal | Promise<Principal> {
  if (credential === undefined) return access.authenticate(undefined);
  return access.authenticateCached(credential) ?? access.authenticate({ bearer: credential });
}
