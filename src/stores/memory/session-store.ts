import type { SessionStore } from '../session-store.ts';

export interface MemorySessionStoreOptions {
  /** How long a session is remembered after its last use, in milliseconds. Default: 600,000. */
  readonly idleTtlMs?: number;
  /** Sessions beyond so many push out the one unused for longest. Default: 100,000. */
  readonly maxSessions?: number;
}

interface Session {
  readonly endpointId: string;
  readonly usedAt: number;
}

/** Remembers in memory which endpoint each session was served by. */
export function memorySessionStore(options: MemorySessionStoreOptions = {}): SessionStore {
  const { idleTtlMs = 600_000, maxSessions = 100_000 } = options;
  if (!(idleTtlMs > 0)) throw new TypeError('idleTtlMs: must be above 0');
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1) throw new TypeError('maxSessions: must be 1 or more');
  /** From the one unused for longest to the one used last: a map keeps the order of insertion. */
  const sessions = new Map<string, Session>();

  function use(sessionKey: string, session: Session): void {
    sessions.delete(sessionKey);
    sessions.set(sessionKey, session);
  }

  function forget(now: number): void {
    for (const [key, { usedAt }] of sessions) {
      if (sessions.size <= maxSessions && now - usedAt < idleTtlMs) break;
      sessions.delete(key);
    }
  }

  return {
    endpointOf(sessionKey, now) {
      const session = sessions.get(sessionKey);
      if (session === undefined) return undefined;
      if (now - session.usedAt >= idleTtlMs) {
        sessions.delete(sessionKey);
        return undefined;
      }
      use(sessionKey, { endpointId: session.endpointId, usedAt: now });
      return session.endpointId;
    },
    remember(sessionKey, endpointId, now) {
      use(sessionKey, { endpointId, usedAt: now });
      forget(now);
    },
  };
}
