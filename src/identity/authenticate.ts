import { hash } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import { createBoundedMap } from '../model/bounded-map.ts';
import type { Clock } from '../model/clock.ts';
import type { AccessRole, Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import { isUser, type JwtVerifier } from './jwt.ts';
import type { KeyUses } from './key-uses.ts';
import { hashSecret, isApiKeySecret, isSameHash } from './keys.ts';
import type { ProjectTree } from './project-tree.ts';
import type { Revocations } from './revocations.ts';

/** What a caller presents: the value after `Bearer`. */
export interface Credential {
  readonly bearer: string;
}

/** A person for whom somebody trusted answers. */
export interface VouchedPerson {
  /** 1 to 256 characters, no control characters. */
  readonly user: string;
  readonly projectId: string;
  /** Default MEMBER. */
  readonly role?: AccessRole;
  /** The project must be one of these or below one. Absent: any. */
  readonly projects?: readonly string[];
}

export interface Authenticator {
  authenticate(credential: Credential | undefined): Promise<Principal>;
  authenticateCached(bearer: string): Principal | undefined;
  principalOf(person: VouchedPerson): Promise<Principal>;
  replaceTokens(jwt: JwtVerifier): void;
}

export interface AuthenticatorOptions {
  readonly store: AccessStore;
  readonly clock: Clock;
  /** The key of the purpose `api-keys`. */
  readonly hashKey: Uint8Array;
  readonly administratorHash: Uint8Array;
  readonly administrator: Principal;
  readonly jwt: JwtVerifier;
  readonly tree: ProjectTree;
  readonly revocations: Revocations;
  readonly uses: KeyUses;
  /** Whether it is known which keys were revoked elsewhere: else the store is asked, not the memory. */
  readonly isConfirmed: () => boolean;
}

const maxBearerLength = 16_384;
const rememberedCredentials = 10_000;

/**
 * Finds out who presents a credential.
 *
 * Verdicts are remembered under the SHA-256 of the whole credential until it expires or is revoked; what was refused
 * is not remembered.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { store, clock, hashKey, administratorHash, administrator, tree, revocations, uses, isConfirmed } = options;
  let jwt = options.jwt;
  let verdicts = createBoundedMap<string, Principal>(rememberedCredentials);
  let underWay = new Map<string, Promise<Principal>>();

  function remembered(digest: string): Principal | undefined {
    const principal = verdicts.get(digest);
    if (principal === undefined) return undefined;
    const now = clock.now();
    if (principal.revoked?.aborted === true || (principal.expiresAt !== undefined && principal.expiresAt <= now)) {
      verdicts.delete(digest);
      return undefined;
    }
    if (principal.apiKeyId !== undefined) {
      if (!isConfirmed()) return undefined;
      uses.note(principal.apiKeyId, now);
    }
    return principal;
  }

  async function verify(bearer: string): Promise<Principal> {
    const secretHash = hashSecret(hashKey, bearer);
    if (isSameHash(secretHash, administratorHash)) return administrator;
    if (isApiKeySecret(bearer)) return principalOfKey(secretHash);
    return principalOfToken(bearer);
  }

  async function principalOfKey(secretHash: Uint8Array): Promise<Principal> {
    const stored = await store.apiKeyByHash(secretHash);
    if (stored === undefined || !isSameHash(stored.secretHash, secretHash)) throw refused('There is no such API key.');
    const { id, projectId, role, expiresAt, revokedAt, workloads } = stored.apiKey;
    const now = clock.now();
    if (revokedAt !== undefined) throw refused('The API key was revoked.');
    if (expiresAt !== undefined && expiresAt <= now) throw refused('The API key has expired.');
    const place = await tree.place(projectId);
    if (place === undefined) throw refused('There is no such API key.');
    // The key may have been revoked since it was read: the signal knows.
    const revoked = revocations.ofApiKey(id, expiresAt);
    if (revoked.aborted) throw refused('The API key was revoked.');
    uses.note(id, now);
    const nameable = workloads ?? place.workloads;
    return {
      tenantId: place.path.at(-1) ?? projectId,
      projectId,
      projectPath: place.path,
      apiKeyId: id,
      roles: [{ role, projectId }],
      ...(nameable === undefined ? {} : { workloads: nameable }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      revoked,
    };
  }

  async function principalOfToken(bearer: string): Promise<Principal> {
    const { expiresAt, allowedProjects, ...person } = await jwt.verify(bearer);
    const projects = allowedProjects === undefined ? {} : { projects: allowedProjects };
    const principal = await principalOf({ ...person, ...projects });
    return { ...principal, expiresAt, revoked: revocations.ofToken(expiresAt) };
  }

  async function principalOf({ user, projectId, role = 'MEMBER', projects }: VouchedPerson): Promise<Principal> {
    if (!isUser(user)) throw refused('The caller has no name that can be used.');
    const place = await tree.place(projectId);
    const isAllowed = projects?.some(allowed => place?.path.includes(allowed)) ?? true;
    if (place === undefined || !isAllowed) throw refused('The caller belongs to no known project.');
    return {
      tenantId: place.path.at(-1) ?? projectId,
      projectId,
      projectPath: place.path,
      user,
      roles: [{ role, projectId }],
      ...(place.workloads === undefined ? {} : { workloads: place.workloads }),
    };
  }

  return {
    async authenticate(credential) {
      if (credential === undefined || credential.bearer === '') throw refused('A credential is needed: Bearer <key>.');
      const { bearer } = credential;
      if (bearer.length > maxBearerLength) throw refused('The credential is too long.');
      const digest = hash('sha256', bearer, 'base64');
      const known = remembered(digest) ?? underWay.get(digest);
      if (known !== undefined) return known;
      // What was begun before the tokens were replaced ends in the maps of that time.
      const [kept, begun] = [verdicts, underWay];
      const verdict = verify(bearer)
        .then(principal => {
          kept.set(digest, principal);
          return principal;
        })
        .finally(() => begun.delete(digest));
      begun.set(digest, verdict);
      return verdict;
    },
    authenticateCached(bearer) {
      return bearer.length > maxBearerLength ? undefined : remembered(hash('sha256', bearer, 'base64'));
    },
    principalOf,
    replaceTokens(next) {
      jwt = next;
      verdicts = createBoundedMap(rememberedCredentials);
      underWay = new Map();
    },
  };
}

function refused(message: string): GatewayError {
  return new GatewayError('UNAUTHENTICATED', message);
}
