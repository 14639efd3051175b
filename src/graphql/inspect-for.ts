import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/principal.ts';
import type { ContentInspection } from '../privacy/inspect-value.ts';
import type { Governance } from './context.ts';

/** What looks at the values of whoever asks. @throws {GatewayError} As `Governance.contentInspection`. */
export async function inspectFor({
  gateway,
  principal,
}: Pick<Governance, 'gateway' | 'principal'>): Promise<ContentInspection> {
  let caller: Principal;
  try {
    caller = await principal();
  } catch (fault) {
    if (!(fault instanceof GatewayError) || fault.code !== 'UNAUTHENTICATED') throw fault;
    const own = gateway.contentInspection(undefined);
    // Without rules of its own a server would let everything through to whoever leaves the key out.
    if (own.input === undefined && own.output === undefined) throw fault;
    return own;
  }
  return gateway.contentInspection(caller);
}
