import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { AccessRole } from '../model/principal.ts';
import { createRemoteKeySet, type RemoteKeySet } from './key-set.ts';

/** One party whose tokens are accepted. */
export interface JwtIssuer {
  /** The exact value of the claim `iss`. */
  readonly issuer: string;
  /** A token must name one of them. */
  readonly audience: readonly string[];
  /** An address that publishes a JSON Web Key Set, or such a set. */
  readonly keys: { readonly uri: string } | { readonly jwks: unknown };
  /** Signatures with a public key only: `RS256`, `ES256`, `EdDSA` and their kin. */
  readonly algorithms: readonly string[];
  /** The `typ` that the header must carry. Absent: `JWT`, `at+jwt` or none. */
  readonly type?: string;
  /** From `iat`, and from now, to `exp`. */
  readonly maxLifetimeMs: number;
  /** Its tokens may name these projects and those below them only. Absent: any. */
  readonly projects?: readonly string[];
  /** The names of the claims. */
  readonly claims: { readonly user: string; readonly project: string; readonly role: string };
}

/** What a token says, after its signature, issuer, audience and times were found right. */
export interface VerifiedToken {
  readonly user: string;
  readonly projectId: string;
  readonly role: AccessRole;
  /** Milliseconds since the epoch, with the tolerance for clocks that differ. */
  readonly expiresAt: number;
  /** As `JwtIssuer.projects`. */
  readonly allowedProjects?: readonly string[];
}

export interface JwtVerifier {
  /**
   * @throws {GatewayError} UNAUTHENTICATED where the token is wrong; STORE_UNAVAILABLE where its issuer's keys can not
   *   be had, so that it can not be told.
   */
  verify(token: string): Promise<VerifiedToken>;
}

export interface JwtVerifierOptions {
  readonly issuers: readonly JwtIssuer[];
  readonly clock: Clock;
  /** How far the clocks of issuers may differ, in milliseconds. Default 60000. */
  readonly clockSkewMs?: number;
  /** Fetches key sets, for example through a proxy. Default: that of the platform. */
  readonly fetch?: typeof fetch;
}

type KeyLookup = ReturnType<typeof createLocalJWKSet>;

interface KnownIssuer {
  readonly settings: JwtIssuer;
  readonly keySet: RemoteKeySet<KeyLookup>;
}

/** The header decides nothing but which key of its issuer is used: what carries keys or changes the format is refused. */
const refusedHeaders = ['jwk', 'jku', 'x5u', 'crit', 'b64', 'zip'];
const usualTypes: readonly unknown[] = [undefined, 'jwt', 'at+jwt'];
const maxKeyIdLength = 256;
const roles: ReadonlyMap<unknown, AccessRole> = new Map<unknown, AccessRole>([
  [undefined, 'MEMBER'],
  ['MEMBER', 'MEMBER'],
  ['AUDITOR', 'AUDITOR'],
  ['ADMIN', 'ADMIN'],
]);

/**
 * Checks tokens (RFC 7519) of the configured issuers.
 *
 * The claim `iss` only selects the configuration; that one's keys, audience and algorithms then judge the whole token,
 * and keys of different issuers never mix.
 *
 * @throws {TypeError} Where an issuer is given twice, or a key set that was given is none.
 */
export function createJwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  const { clock, clockSkewMs = 60_000 } = options;
  const issuers = new Map<string, KnownIssuer>();
  for (const settings of options.issuers) {
    if (issuers.has(settings.issuer)) throw new TypeError(`issuers: ${settings.issuer} is given twice`);
    issuers.set(settings.issuer, { settings, keySet: openKeySet(settings, options) });
  }

  return {
    async verify(token) {
      const { settings, keySet } = findIssuer(token, issuers);
      refuseHeader(token, settings);
      const keys = await keySet.current();
      const payload = await check(token, settings, keys, async () => {
        const newer = await keySet.newerThan(keys);
        return newer === undefined ? undefined : check(token, settings, newer, async () => undefined);
      });
      if (payload === undefined) throw refused('The token is signed with a key that its issuer does not publish.');
      return readClaims(payload, settings, clock.now(), clockSkewMs);
    },
  };

  /** `onUnknownKey` is asked where no key of the set fits the header. */
  async function check(
    token: string,
    settings: JwtIssuer,
    keys: KeyLookup,
    onUnknownKey: () => Promise<JWTPayload | undefined>,
  ): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        audience: [...settings.audience],
        algorithms: [...settings.algorithms],
        requiredClaims: ['exp'],
        clockTolerance: clockSkewMs / 1000,
        currentDate: new Date(clock.now()),
        ...(settings.type === undefined ? {} : { typ: settings.type }),
      });
      return payload;
    } catch (fault) {
      if (fault instanceof errors.JWKSNoMatchingKey) return onUnknownKey();
      if (fault instanceof errors.JOSEError && !(fault instanceof errors.JWKSInvalid)) {
        throw refused(reasonOf(fault), fault);
      }
      // The key that its issuer published can not be used: that says nothing about the token.
      throw new GatewayError('STORE_UNAVAILABLE', "The published keys of the token's issuer can not be used.", {
        cause: fault,
      });
    }
  }
}

function openKeySet({ keys }: JwtIssuer, { clock, fetch }: JwtVerifierOptions): RemoteKeySet<KeyLookup> {
  if ('uri' in keys) {
    return createRemoteKeySet({ uri: keys.uri, clock, parse: readKeySet, ...(fetch === undefined ? {} : { fetch }) });
  }
  let lookup: KeyLookup;
  try {
    lookup = readKeySet(keys.jwks);
  } catch (cause) {
    throw new TypeError('keys.jwks: not a JSON Web Key Set', { cause });
  }
  return { current: () => Promise.resolve(lookup), newerThan: () => Promise.resolve(undefined) };
}

function readKeySet(document: unknown): KeyLookup {
  return createLocalJWKSet(document as Parameters<typeof createLocalJWKSet>[0]);
}

function findIssuer(token: string, issuers: ReadonlyMap<string, KnownIssuer>): KnownIssuer {
  let claimed: unknown;
  try {
    claimed = decodeJwt(token).iss;
  } catch (fault) {
    throw refused('The credential is neither an API key nor a readable token.', fault);
  }
  const known = typeof claimed === 'string' ? issuers.get(claimed) : undefined;
  if (known === undefined) throw refused('The token comes from an issuer that is not accepted here.');
  return known;
}

function refuseHeader(token: string, { type }: JwtIssuer): void {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(token);
  } catch (fault) {
    throw refused('The header of the token can not be read.', fault);
  }
  if (refusedHeaders.some(name => Object.hasOwn(header, name))) {
    throw refused('The header of the token holds what is not accepted here.');
  }
  if (header.kid !== undefined && (typeof header.kid !== 'string' || header.kid.length > maxKeyIdLength)) {
    throw refused('The token names its key in a way that is not accepted here.');
  }
  const given = typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : header.typ;
  if (type === undefined && !usualTypes.includes(given)) throw refused('The token is of another kind.');
}

function readClaims(payload: JWTPayload, settings: JwtIssuer, now: number, clockSkewMs: number): VerifiedToken {
  const { claims, maxLifetimeMs, projects } = settings;
  const { exp, iat } = payload;
  if (exp === undefined) throw refused('The token has no expiry.');
  const latestStart = now + clockSkewMs;
  if (iat !== undefined && iat * 1000 > latestStart) throw refused('The token was issued in the future.');
  if (exp * 1000 - Math.min(latestStart, (iat ?? Number.POSITIVE_INFINITY) * 1000) > maxLifetimeMs) {
    throw refused('The token lives longer than is accepted here.');
  }
  const user = claim(payload, claims.user);
  if (!isUser(user)) throw refused('The token names no user.');
  const projectId = claim(payload, claims.project);
  if (typeof projectId !== 'string' || projectId === '') throw refused('The token names no known project.');
  const role = roles.get(claim(payload, claims.role));
  if (role === undefined) throw refused('The token names no known role.');
  const expiresAt = exp * 1000 + clockSkewMs;
  return { user, projectId, role, expiresAt, ...(projects === undefined ? {} : { allowedProjects: projects }) };
}

/** Whether it can stand for a person: 1 to 256 characters, no control characters. */
export function isUser(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}]{1,256}$/u.test(value);
}

/** A claim of the token itself, never one of the prototype. */
function claim(payload: JWTPayload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

function reasonOf(fault: InstanceType<typeof errors.JOSEError>): string {
  if (fault instanceof errors.JWTExpired) return 'The token has expired.';
  if (fault instanceof errors.JWTClaimValidationFailed) {
    const claimed = ['iss', 'aud', 'exp', 'nbf', 'iat', 'typ'].includes(fault.claim) ? fault.claim : 'a claim';
    return `The token does not fit: ${claimed}.`;
  }
  if (fault instanceof errors.JOSEAlgNotAllowed || fault instanceof errors.JOSENotSupported) {
    return 'The token is signed in a way that is not accepted here.';
  }
  if (fault instanceof errors.JWKSMultipleMatchingKeys) return 'The token does not say which key it is signed with.';
  return 'The signature of the token is not right.';
}

function refused(message: string, cause?: unknown): GatewayError {
  return new GatewayError('UNAUTHENTICATED', message, { cause });
}
