import { randomUUID } from 'node:crypto';
import { badInput, GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import { checkName } from '../model/name.ts';
import { type AccessRole, actorOf, hasRole, isInstallationAdmin, type Principal } from '../model/principal.ts';
import type { ApiKey, Project } from '../model/project.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { Page, PageRequest } from '../stores/page.ts';
import { canSeeProject, forbidden, grantedProjects, narrowWorkloads, notFound } from './access-rights.ts';
import { type Credential, createAuthenticator, type VouchedPerson } from './authenticate.ts';
import { followRevocations, type RevocationFeed } from './follow-revocations.ts';
import type { JwtVerifier } from './jwt.ts';
import { createKeyUses } from './key-uses.ts';
import { generateApiKeySecret, hashSecret } from './keys.ts';
import { createProjectTree, type ProjectPlace } from './project-tree.ts';
import { createRevocations } from './revocations.ts';

export interface NewProject {
  /** 1 to 100 characters, no control characters. */
  readonly name: string;
  /** Absent: a new tenant. */
  readonly parentId?: string;
  /** A part of the list of the project above, where that has one. Absent: that list. */
  readonly workloads?: readonly string[];
}

export interface NewApiKey {
  /** 1 to 100 characters, no control characters. */
  readonly name: string;
  readonly projectId: string;
  readonly role: AccessRole;
  /** A part of the lists of the project and of the maker, where these have one. Absent: those lists. */
  readonly workloads?: readonly string[];
  /** Milliseconds since the epoch; not after that of a key that makes it. Absent: as long as its maker's. */
  readonly expiresAt?: number;
}

/**
 * Who asks, and what they may do with projects and keys.
 *
 * Roles hold in a project and below it. What the principal holds no role in does not exist for it: NOT_FOUND. Every
 * promise ends with STORE_UNAVAILABLE where the store can not be asked.
 */
export interface AccessControl {
  /**
   * @throws {GatewayError} UNAUTHENTICATED where there is no such credential, or it has expired or was revoked, and only
   *   then; STORE_UNAVAILABLE where that can not be told.
   */
  authenticate(credential: Credential | undefined): Promise<Principal>;
  /** The principal of a credential that was seen lately and still holds; undefined: ask `authenticate`. */
  authenticateCached(bearer: string): Principal | undefined;
  /**
   * The principal of a person whom somebody else has authenticated: the program that embeds the gateway, or a trusted
   * proxy. Nothing about the person is checked here but the name and the project.
   *
   * @throws {GatewayError} UNAUTHENTICATED where there is no such project, or no such name.
   */
  principalOf(person: VouchedPerson): Promise<Principal>;
  /** Tokens are judged by this verifier from now on, those that were accepted before too; what already runs goes on. */
  replaceTokens(jwt: JwtVerifier): void;
  /** What other nodes change: to be refreshed by who follows them. */
  readonly changes: RevocationFeed;
  /** Whoever runs commands on the state itself: the administrator above all tenants. */
  localAdministrator(): Principal;
  /** Administrators of the parent; without one, the installation's. */
  createProject(by: Principal, input: NewProject): Promise<Project>;
  /** Administrators of the project. The secret is not kept: only its keyed hash is. */
  createApiKey(by: Principal, input: NewApiKey): Promise<{ readonly apiKey: ApiKey; readonly secret: string }>;
  /** Administrators of its project. Live streams of the key end at once. */
  revokeApiKey(by: Principal, id: string): Promise<ApiKey>;
  /** In the order of the ids; undefined where there is none, or none that the principal may see. */
  projects(by: Principal, ids: readonly string[]): Promise<readonly (Project | undefined)[]>;
  listProjects(by: Principal, page: PageRequest): Promise<Page<Project>>;
  /** As `projects`: keys of projects that the principal audits or administers, and its own. */
  apiKeys(by: Principal, ids: readonly string[]): Promise<readonly (ApiKey | undefined)[]>;
  /** Auditors and administrators of the project. */
  listApiKeys(by: Principal, projectId: string, page: PageRequest): Promise<Page<ApiKey>>;
  /** Writes down what is left to write, and stops all timers. */
  close(): Promise<void>;
}

export interface AccessControlOptions {
  readonly store: AccessStore;
  readonly clock: Clock;
  /** The key of the purpose `api-keys`. */
  readonly hashKey: Uint8Array;
  /** Of the administrator key: see `openAdministratorKey`. */
  readonly administratorHash: Uint8Array;
  readonly jwt: JwtVerifier;
  /**
   * Where others write too: how long an accepted key counts without a look at what was revoked, in milliseconds. Afterwards the
   * store is asked for each request. Absent: this node alone writes.
   */
  readonly confirmWithinMs?: number;
  /** Told after this node has revoked a key. */
  readonly onRevoked?: () => void;
}

/** Where the administrator's completions are booked. It is a tenant like others, made at the first start. */
export const defaultProjectId = 'default';

const maxDepth = 16;

/**
 * Opens the gate of identity, and makes the project `default` where it is not there yet.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE.
 */
export async function createAccessControl(options: AccessControlOptions): Promise<AccessControl> {
  const { store, clock, hashKey, administratorHash, jwt, confirmWithinMs, onRevoked } = options;
  await makeDefaultProject(store, clock);
  const tree = createProjectTree(store);
  const revocations = createRevocations(clock);
  const changes = await followRevocations(store, revocations, clock);
  const uses = createKeyUses(store, clock);
  const administrator: Principal = {
    tenantId: defaultProjectId,
    projectId: defaultProjectId,
    projectPath: [defaultProjectId],
    roles: [{ role: 'ADMIN' }],
  };
  const authenticator = createAuthenticator({
    store,
    clock,
    hashKey,
    administratorHash,
    administrator,
    jwt,
    tree,
    revocations,
    uses,
    isConfirmed: () => confirmWithinMs === undefined || clock.monotonicMs() - changes.confirmedMs <= confirmWithinMs,
  });

  async function visiblePlace(by: Principal, projectId: string): Promise<ProjectPlace | undefined> {
    const place = await tree.place(projectId);
    return place !== undefined && canSeeProject(by, place.path) ? place : undefined;
  }

  /** The place of a project that the principal administers; NOT_FOUND before FORBIDDEN. */
  async function administeredPlace(by: Principal, projectId: string): Promise<ProjectPlace> {
    const place = await visiblePlace(by, projectId);
    if (place === undefined) throw notFound('project');
    if (!hasRole(by, 'ADMIN', place.path)) throw forbidden('This needs the role ADMIN in the project.');
    return place;
  }

  async function visibleApiKey(by: Principal, key: ApiKey | undefined): Promise<ApiKey | undefined> {
    if (key === undefined || key.id === by.apiKeyId) return key;
    const place = await visiblePlace(by, key.projectId);
    return place !== undefined && hasRole(by, 'AUDITOR', place.path) ? key : undefined;
  }

  return {
    authenticate: authenticator.authenticate,
    authenticateCached: authenticator.authenticateCached,
    principalOf: authenticator.principalOf,
    replaceTokens: authenticator.replaceTokens,
    changes,
    localAdministrator: () => administrator,

    async createProject(by, { name, parentId, workloads }) {
      const checkedName = checkName(name);
      const above = parentId === undefined ? undefined : await administeredPlace(by, parentId);
      if (above === undefined && !isInstallationAdmin(by)) {
        throw forbidden("A project without a parent is a tenant; only the installation's administrator makes these.");
      }
      if ((above?.path.length ?? 0) >= maxDepth) throw badInput('parent', `at most ${maxDepth} levels are allowed`);
      const nameable = narrowWorkloads(workloads, [above?.workloads, by.workloads]);
      const project: Project = {
        id: randomUUID(),
        name: checkedName,
        ...(parentId === undefined ? {} : { parentId }),
        ...(nameable === undefined ? {} : { workloads: nameable }),
        createdAt: clock.now(),
      };
      await store.createProject(project, {
        actor: actorOf(by),
        action: 'project.create',
        target: project.id,
        tenantId: above?.path.at(-1) ?? project.id,
        change: { parent: parentId ?? null, workloads: nameable ?? null },
      });
      return project;
    },

    async createApiKey(by, { name, projectId, role, workloads, expiresAt }) {
      const checkedName = checkName(name);
      const place = await administeredPlace(by, projectId);
      const now = clock.now();
      const until = keyExpiry(expiresAt, by, now);
      const nameable = narrowWorkloads(workloads, [place.workloads, by.workloads]);
      const { secret, prefix } = generateApiKeySecret();
      const apiKey: ApiKey = {
        id: randomUUID(),
        name: checkedName,
        prefix,
        projectId,
        role,
        ...(nameable === undefined ? {} : { workloads: nameable }),
        createdAt: now,
        ...(until === undefined ? {} : { expiresAt: until }),
      };
      await store.createApiKey(
        { apiKey, secretHash: hashSecret(hashKey, secret) },
        {
          actor: actorOf(by),
          action: 'api-key.create',
          target: apiKey.id,
          tenantId: place.path.at(-1) ?? projectId,
          change: { project: projectId, role, workloads: nameable ?? null, expiresAt: until ?? null },
        },
      );
      return { apiKey, secret };
    },

    async revokeApiKey(by, id) {
      const [found] = await store.apiKeys([id]);
      const key = await visibleApiKey(by, found);
      const place = key === undefined ? undefined : await visiblePlace(by, key.projectId);
      if (place === undefined) throw notFound('API key');
      if (!hasRole(by, 'ADMIN', place.path)) throw forbidden('This needs the role ADMIN in the project of the key.');
      const revoked = await store.revokeApiKey(id, clock.now(), {
        actor: actorOf(by),
        action: 'api-key.revoke',
        target: id,
        tenantId: place.path.at(-1) ?? place.path[0] ?? '',
        change: {},
      });
      if (revoked === undefined) throw notFound('API key');
      revocations.revoke(id);
      onRevoked?.();
      return revoked;
    },

    async projects(by, ids) {
      const found = await store.projects(ids);
      return Promise.all(
        found.map(async project =>
          project !== undefined && (await visiblePlace(by, project.id)) !== undefined ? project : undefined,
        ),
      );
    },

    async listProjects(by, page) {
      const within = grantedProjects(by);
      return within?.length === 0 ? { entries: [], hasNextPage: false } : store.listProjects(within, page);
    },

    async apiKeys(by, ids) {
      const found = await store.apiKeys(ids);
      return Promise.all(found.map(key => visibleApiKey(by, key)));
    },

    async listApiKeys(by, projectId, page) {
      const place = await visiblePlace(by, projectId);
      if (place === undefined) throw notFound('project');
      if (!hasRole(by, 'AUDITOR', place.path)) throw forbidden('This needs the role AUDITOR or ADMIN in the project.');
      return store.listApiKeys(projectId, page);
    },

    async close() {
      revocations.close();
      await uses.close();
    },
  };
}

async function makeDefaultProject(store: AccessStore, clock: Clock): Promise<void> {
  const [existing] = await store.projects([defaultProjectId]);
  if (existing !== undefined) return;
  try {
    await store.createProject({ id: defaultProjectId, name: 'default', createdAt: clock.now() });
  } catch (fault) {
    // Another node was faster.
    if (!(fault instanceof GatewayError && fault.code === 'CONFLICT')) throw fault;
  }
}

/** A key outlives no key that made it. A token is no such bound: it stands for a person, who signs in anew. */
function keyExpiry(asked: number | undefined, by: Principal, now: number): number | undefined {
  const bound = by.apiKeyId === undefined ? undefined : by.expiresAt;
  if (asked === undefined) return bound;
  if (!Number.isSafeInteger(asked) || asked <= now) throw badInput('expiresAt', 'a time in the future is needed');
  if (bound !== undefined && asked > bound) throw forbidden('A key can not outlive the key that makes it.');
  return asked;
}
