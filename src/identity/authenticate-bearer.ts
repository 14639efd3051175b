import { GatewayError } from '../errors.ts';
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

/**
 * Asks again of a principal that was established a while ago, before a slow body was read for instance.
 *
 * @throws {GatewayError} UNAUTHENTICATED where its credential has expired or was revoked since.
 */
export function refuseRevoked({ revoked }: Principal): void {
  if (revoked?.aborted === true) {
    throw new GatewayError('UNAUTHENTICATED', 'the credential has expired or was revoked');
  }
}
