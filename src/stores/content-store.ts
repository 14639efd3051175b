import type { AuditAct } from '../model/audit.ts';

/** What is kept of one completion, as the content rules left it. */
export interface KeptContent {
  readonly completionId: string;
  readonly createdAt: number;
  readonly tenantId: string;
  readonly projectId: string;
  /** From the project up to its tenant. */
  readonly projectPath: readonly string[];
  readonly apiKeyId?: string;
  readonly user?: string;
  /** Milliseconds since the epoch; purged afterwards, unless a hold stops it. */
  readonly keepUntil: number;
  /** JSON documents. */
  readonly prompt: string;
  readonly answer: string;
}

/** Stops the purge of what it names: for a litigation, say. Members are AND-ed. */
export interface ContentHold {
  readonly id: string;
  /** The project and those below it. */
  readonly projectId?: string;
  readonly user?: string;
  readonly createdAt: number;
  /** As `actorOf` names principals. */
  readonly createdBy: string;
}

/**
 * Prompts and answers, where a retention rule keeps them.
 *
 * What is purged or erased can be read by nobody when the promise resolves. With SQLite it is gone from the database file, its
 * log and its free pages as well; of PostgreSQL see `docs/decisions/0009-the-stores-in-postgresql.md`.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method.
 */
export interface ContentStore {
  keep(content: KeptContent): Promise<void>;
  /** In the order of the ids; undefined where nothing is kept, or its time has passed. */
  contents(completionIds: readonly string[], now: number): Promise<readonly (KeptContent | undefined)[]>;
  /** Deletes what is past its time and not held. @returns How many. */
  purge(now: number): Promise<number>;
  /** Deletes all content of this user below these projects (absent: everywhere), but what is held. */
  erase(
    user: string,
    within: readonly string[] | undefined,
    act: AuditAct,
  ): Promise<{ readonly erased: number; readonly held: number }>;
  addHold(hold: ContentHold, act: AuditAct): Promise<void>;
  /** NOT_FOUND where there is none. */
  removeHold(id: string, act: AuditAct): Promise<void>;
  /** Oldest first. */
  holds(): Promise<readonly ContentHold[]>;
}
