import { GatewayError } from '../errors.ts';
import type { AccessControl } from '../identity/access-control.ts';
import type { VouchedPerson } from '../identity/authenticate.ts';
import { authenticateBearer } from '../identity/authenticate-bearer.ts';
import { createRouterIdentityReader } from '../identity/router-identity.ts';
import type { Principal } from '../model/principal.ts';
import { headersNamed } from './request-facts.ts';

/** A federated router that signs what it says of every request, as `docs/federation.md` shows. */
export interface SigningRouter {
  /** The header with it: `x-tollgate-identity`. */
  readonly identityHeader: string;
  /** What the router signs with, each 32 characters or more; two while it is changed. */
  readonly secrets: readonly string[];
  /** How far the router's clock may be from this machine's, in milliseconds. Default 30,000. */
  readonly maxAgeMs?: number;
  /** The project of users where the router names none. Default: it has to. */
  readonly projectId?: string;
  /** The router may name these projects and those below them only. Default: any. */
  readonly projects?: readonly string[];
}

/** Who it is by a token or a name; with neither, the caller's own key or token says so. */
export interface ProvedIdentity {
  readonly token?: string;
  readonly person?: VouchedPerson;
  /** What a router says the operation is for. */
  readonly workload?: string;
}

/** Finds what was proved in the headers of a request; undefined where nothing was said. Throws where the proof is wrong. */
export type ProvedIdentityReader = (rawHeaders: readonly string[]) => ProvedIdentity | undefined;

/**
 * Makes the reader of what a router signed.
 *
 * @param identityHeader In lower case.
 * @throws {TypeError} Where the settings prove nothing. The reader throws UNAUTHENTICATED and OVERLOADED.
 */
export function readSignedIdentity({
  identityHeader,
  projectId = '',
  projects,
  ...signing
}: SigningRouter): ProvedIdentityReader {
  const read = createRouterIdentityReader(signing);
  /** A socket says who it is once, for all its operations. */
  const proved = new WeakMap<readonly string[], ProvedIdentity>();
  return rawHeaders => {
    const before = proved.get(rawHeaders);
    if (before !== undefined) return before;
    const sent = headersNamed(rawHeaders, identityHeader);
    if (sent.length === 0) return undefined;
    const { user, project = projectId, workload } = read(singleHeader(sent, identityHeader));
    const identity: ProvedIdentity = {
      ...(user === undefined
        ? {}
        : { person: { user, projectId: project, ...(projects === undefined ? {} : { projects }) } }),
      ...(workload === undefined ? {} : { workload }),
    };
    proved.set(rawHeaders, identity);
    return identity;
  };
}

/** The principal of what was proved, or else of the credential that `identifyCaller` looks at. */
export async function principalOfProof(
  { token, person, workload }: ProvedIdentity,
  access: AccessControl,
  identifyCaller: () => Principal | Promise<Principal>,
): Promise<Principal> {
  const principal = await (person !== undefined
    ? access.principalOf(person)
    : token !== undefined
      ? authenticateBearer(access, token)
      : identifyCaller());
  return workload === undefined ? principal : { ...principal, workload };
}

/** Servers that join headers of one name do so with a comma. Throws UNAUTHENTICATED: the caller may have sent one of them. */
export function singleHeader(values: readonly string[], name: string): string {
  const [value = ''] = values;
  if (values.length !== 1 || value.trim() === '') throw refusedHeader('is needed once', name);
  if (value.includes(',')) throw refusedHeader('holds a comma, as two that were joined do', name);
  return value.trim();
}

export function refusedHeader(fault: string, header: string): GatewayError {
  return new GatewayError('UNAUTHENTICATED', `The header ${header} of the proxy ${fault}.`);
}
