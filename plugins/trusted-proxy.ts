import { hash, timingSafeEqual } from 'node:crypto';
import { headersNamed } from '../src/graphql/request-facts.ts';
import {
  type ProvedIdentityReader,
  readSignedIdentity,
  refusedHeader,
  type SigningRouter,
  singleHeader,
} from '../src/graphql/signed-identity.ts';

/** A proxy that signs: one of the issuers of the configuration made the token in this header. */
export interface SigningProxy {
  /** The header with the token: `x-forwarded-access-token`. */
  readonly tokenHeader: string;
}

/** A proxy that shares a secret with this server, and sets these headers itself on every request. */
export interface SecretSharingProxy {
  /** The header that proves it: `x-proxy-secret`. */
  readonly secretHeader: string;
  /** What may stand there, each 32 characters or more; two while it is changed. */
  readonly secrets: readonly string[];
  /** The header with the caller's name: `x-forwarded-user`. */
  readonly userHeader: string;
  /** The header with the id of the caller's project. Default: `projectId` for everybody. */
  readonly projectHeader?: string;
  /** The project of everybody where no header says so. */
  readonly projectId?: string;
  /** The header may name these projects and those below them only. Default: any. */
  readonly projects?: readonly string[];
}

export type { SigningRouter };
export type TrustedProxy = SigningProxy | SecretSharingProxy | SigningRouter;

const shortestSecret = 32;
const headerName = /^[a-z0-9-]{1,64}$/;

/**
 * Makes the reader of what a trusted proxy says in the headers of a request; undefined where it says nothing.
 *
 * Callers whom a shared secret vouches for are members, never administrators.
 *
 * @throws {TypeError} Where the settings prove nothing. The reader throws UNAUTHENTICATED where the proof is wrong, or
 *   one of the headers is missing, or there more than once: the caller may have sent one of them.
 */
export function readProxyIdentity(proxy: TrustedProxy): ProvedIdentityReader {
  if ('tokenHeader' in proxy) {
    const [tokenHeader = ''] = checkNames({ tokenHeader: proxy.tokenHeader });
    return rawHeaders => {
      const sent = headersNamed(rawHeaders, tokenHeader);
      return sent.length === 0 ? undefined : { token: singleHeader(sent, tokenHeader) };
    };
  }
  if ('identityHeader' in proxy) {
    const [identityHeader = ''] = checkNames({ identityHeader: proxy.identityHeader });
    return checkedReader({ ...proxy, identityHeader });
  }
  const { projectId, projects } = proxy;
  const { secretHeader, userHeader, projectHeader } = checkSharing(proxy);
  const digests = proxy.secrets.map(digestOf);
  return rawHeaders => {
    const sent = headersNamed(rawHeaders, secretHeader);
    if (sent.length === 0) return undefined;
    const digest = digestOf(singleHeader(sent, secretHeader));
    // All are compared, so that the time tells nothing.
    if (!digests.map(known => timingSafeEqual(known, digest)).includes(true))
      throw refusedHeader('is not right', secretHeader);
    const named =
      projectHeader === undefined ? projectId : singleHeader(headersNamed(rawHeaders, projectHeader), projectHeader);
    const user = singleHeader(headersNamed(rawHeaders, userHeader), userHeader);
    return { person: { user, projectId: named ?? '', ...(projects === undefined ? {} : { projects }) } };
  };
}

function checkedReader(router: SigningRouter): ProvedIdentityReader {
  try {
    return readSignedIdentity(router);
  } catch (fault) {
    throw new TypeError(`fromProxy.${fault instanceof Error ? fault.message : 'secrets'}`, { cause: fault });
  }
}

function checkSharing(proxy: SecretSharingProxy) {
  const { secrets, projectId } = proxy;
  if (secrets.length === 0 || secrets.some(secret => secret.length < shortestSecret)) {
    throw new TypeError(`fromProxy.secrets: at least one, each of ${shortestSecret} characters or more`);
  }
  if ((proxy.projectHeader === undefined) === (projectId === undefined)) {
    throw new TypeError('fromProxy.projectHeader, fromProxy.projectId: exactly one of them is needed');
  }
  const [secretHeader = '', userHeader = '', projectHeader] = checkNames({
    secretHeader: proxy.secretHeader,
    userHeader: proxy.userHeader,
    ...(proxy.projectHeader === undefined ? {} : { projectHeader: proxy.projectHeader }),
  });
  return { secretHeader, userHeader, projectHeader };
}

/** In lower case; no two alike, and none that callers prove themselves with. */
function checkNames(headers: Readonly<Record<string, string>>): readonly string[] {
  const taken = new Set(['authorization', 'x-api-key', 'api-key', 'cookie']);
  return Object.entries(headers).map(([option, name]) => {
    const lower = name.toLowerCase();
    if (!headerName.test(lower)) throw new TypeError(`fromProxy.${option}: the name of a header is needed`);
    if (taken.has(lower)) throw new TypeError(`fromProxy.${option}: ${lower} serves another purpose`);
    taken.add(lower);
    return lower;
  });
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
