import type { AuditAct } from '../model/audit.ts';
import type { ApiKey, Project } from '../model/project.ts';
import type { Page, PageRequest } from './page.ts';

/** An API key as it is kept: by a keyed hash of its secret. */
export interface StoredApiKey {
  readonly apiKey: ApiKey;
  /** 32 bytes. */
  readonly secretHash: Uint8Array;
}

/** What has changed of projects and keys. */
export interface AccessChanges {
  /** The number of the last change. */
  readonly version: number;
  /** Keys that were revoked after the version that was asked for. */
  readonly revokedKeyIds: readonly string[];
}

/**
 * Projects and API keys.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method: never "not found" where the store could not look.
 */
export interface AccessStore {
  /** Grows with every project and key that is made, and with every revocation: 0 before the first. Cheap, for a poll. */
  version(): Promise<number>;
  /** What has changed after a version, as of one moment. */
  changesSince(version: number): Promise<AccessChanges>;
  /**
   * Throws CONFLICT where the id exists.
   *
   * @param act Written to the audit log in the same transaction; absent for the installation's own first project.
   */
  createProject(project: Project, act?: AuditAct): Promise<void>;
  /** In the order of the ids; undefined where there is none. */
  projects(ids: readonly string[]): Promise<readonly (Project | undefined)[]>;
  /** By id, rising; `within`: these and all below them, absent: all of the installation. */
  listProjects(within: readonly string[] | undefined, page: PageRequest): Promise<Page<Project>>;
  /** From the project up to its tenant, both included; empty where there is no such project. */
  projectPath(id: string): Promise<readonly string[]>;
  /** As `projectPath`, in the order of the ids: one question to the database for many. */
  projectPaths(ids: readonly string[]): Promise<readonly (readonly string[])[]>;
  createApiKey(key: StoredApiKey, act: AuditAct): Promise<void>;
  apiKeys(ids: readonly string[]): Promise<readonly (ApiKey | undefined)[]>;
  apiKeyByHash(secretHash: Uint8Array): Promise<StoredApiKey | undefined>;
  /** Newest first. */
  listApiKeys(projectId: string, page: PageRequest): Promise<Page<ApiKey>>;
  /** Revoking twice keeps the first instant. Undefined where there is no such key. */
  revokeApiKey(id: string, at: number, act: AuditAct): Promise<ApiKey | undefined>;
  /** Notes when keys were last used; written lazily, the latest instant wins. No change of the version. */
  touchApiKeys(uses: ReadonlyMap<string, number>): Promise<void>;
}
