import { GatewayError } from '../src/errors.ts';
import { principalOfProof } from '../src/graphql/signed-identity.ts';
import type { VouchedPerson } from '../src/identity/authenticate.ts';
import { carry, type GatewayOption, type GovernancePlugin, type Identify } from './part.ts';
import { identifyByBearer } from './server-list.ts';
import { readProxyIdentity, type TrustedProxy } from './trusted-proxy.ts';

/** A person whom the host has signed in: a member of the project. */
export type SignedInPerson = Pick<VouchedPerson, 'user' | 'projectId'>;

/** How callers are told apart. Without either member: by the API key or token that comes with the request. */
export interface IdentityOptions<Context extends object = Readonly<Record<string, unknown>>> extends GatewayOption {
  /**
   * For a server that has authenticated the caller itself: who it is, given the context of the operation. Asked once,
   * when it is first needed. Undefined is nobody: UNAUTHENTICATED; keys and tokens are then not looked at.
   */
  readonly principal?: (context: Context) => SignedInPerson | undefined | Promise<SignedInPerson | undefined>;
  /**
   * Takes who the caller is from a proxy in front, which proves with every request that it is the one. Requests that
   * come without the proof are told apart by their own key or token, whatever else stands in their headers.
   */
  readonly fromProxy?: TrustedProxy;
}

/**
 * Finds out who asks, when a resolver first needs it: by the API key or the token of the request, as `tollgate serve`
 * does, unless the options say otherwise.
 *
 * Headers that name a user or a project mean nothing, unless `fromProxy` says whose they are.
 *
 * @throws {TypeError} Where both options are given, or the proxy's settings prove nothing.
 */
export function useIdentity<Context extends object = Readonly<Record<string, unknown>>>(
  options: IdentityOptions<Context> = {},
): GovernancePlugin {
  const { gateway } = options;
  return carry({
    plugin: 'useIdentity',
    ...(gateway === undefined ? {} : { gateway }),
    identify: identifyBy(options),
  });
}

/** As `useIdentity`: how callers are told apart under these options. */
export function identifyBy<Context extends object>({ principal, fromProxy }: IdentityOptions<Context>): Identify {
  if (principal !== undefined && fromProxy !== undefined) {
    throw new TypeError('principal, fromProxy: give one of them; two could contradict each other');
  }
  if (principal !== undefined) {
    return async (_, context, access) => {
      const person = await principal(context as Context);
      if (person === undefined) throw new GatewayError('UNAUTHENTICATED', 'Nobody is signed in.');
      // Nothing else is taken over: administrators have keys or tokens of their own.
      return access.principalOf({ user: person.user, projectId: person.projectId });
    };
  }
  if (fromProxy === undefined) return identifyByBearer;
  const readIdentity = readProxyIdentity(fromProxy);
  return (request, context, access) => {
    const proved = readIdentity(request.rawHeaders);
    const identifyCaller = () => identifyByBearer(request, context, access);
    return proved === undefined ? identifyCaller() : principalOfProof(proved, access, identifyCaller);
  };
}
