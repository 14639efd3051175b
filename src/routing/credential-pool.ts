/** One of several keys of a provider, with what calls it. */
export interface Credential<Use> {
  /** A label of the administrator, or its place in the configuration from 1 on. Never the key nor a part of it. */
  readonly name: string;
  readonly use: Use;
}

/** What a provider said of the key that it rejected. */
export interface Rejection {
  readonly name: string;
  /** The one model that the key may not use; absent: the key as a whole. */
  readonly endpointId?: string;
  /** With `endpointId`: it named no reason. Firewalls say the same of a single prompt. Default false. */
  readonly isDoubtful?: boolean;
  readonly startedAt: number;
  readonly at: number;
}

/** The keys of one provider: which is to be used next, and which was rejected. All instants are of one monotonic clock. */
export interface CredentialPool<Use> {
  readonly credentials: readonly Credential<Use>[];
  /** The same array for as long as the pool lives. */
  readonly names: readonly string[];
  /** The one with the fewest calls under way among those that are let through; of several the one used longest ago. */
  choose(isUsable: (credential: Credential<Use>) => boolean): Credential<Use> | undefined;
  /** A call begins; the result ends it, once. */
  begin(name: string): () => void;
  /** Whether it was rejected lately: others are to be preferred. */
  isResting(name: string, endpointId: string, now: number): boolean;
  /** The same for any endpoint. */
  isRestingSomewhere(name: string, now: number): boolean;
  /** Lets it rest. @returns Whether somebody is to be told: the first time, and once an hour while it goes on. */
  rejected(rejection: Rejection): boolean;
  /** It works here. */
  accepted(name: string, endpointId: string): void;
}

interface Rest {
  forMs: number;
  until: number;
}

interface Member {
  running: number;
  lastTurn: number;
  whole: Rest | undefined;
  readonly byEndpoint: Map<string, Rest>;
  /** Doubtful rejections in a row, by endpoint. */
  readonly doubts: Map<string, number>;
  toldAt: number;
}

const firstRestMs = 60_000;
const longestRestMs = 3_600_000;
const tellAgainMs = 3_600_000;
/** So many rejections without a reason, and no call accepted between them, are the key's and not a prompt's. */
const doubtsToRest = 3;

/**
 * Keeps the keys of one provider.
 *
 * A rejected key rests for a minute, then for twice as long with each further rejection, up to an hour; an accepted call, or a
 * new pool, ends that. A rejection without a reason rests it only as the third in a row. What was sent before it rested does not count again.
 */
export function createCredentialPool<Use>(credentials: readonly Credential<Use>[]): CredentialPool<Use> {
  const members = new Map<string, Member>();
  for (const { name } of credentials) {
    if (members.has(name)) throw new TypeError('credentials: two have the same name');
    const lastTurn = 0;
    members.set(name, {
      running: 0,
      lastTurn,
      whole: undefined,
      byEndpoint: new Map(),
      doubts: new Map(),
      toldAt: Number.NEGATIVE_INFINITY,
    });
  }
  let turn = 0;

  function memberOf(name: string): Member {
    const member = members.get(name);
    if (member === undefined) throw new TypeError('name: no credential of this pool');
    return member;
  }

  return {
    credentials,
    names: credentials.map(({ name }) => name),
    choose(isUsable) {
      let chosen: Credential<Use> | undefined;
      let best: Member | undefined;
      for (const credential of credentials) {
        const member = memberOf(credential.name);
        if (best !== undefined && !isBefore(member, best)) continue;
        if (!isUsable(credential)) continue;
        chosen = credential;
        best = member;
      }
      return chosen;
    },
    begin(name) {
      const member = memberOf(name);
      turn += 1;
      member.lastTurn = turn;
      member.running += 1;
      let isRunning = true;
      return () => {
        if (!isRunning) return;
        isRunning = false;
        member.running -= 1;
      };
    },
    isResting(name, endpointId, now) {
      const { whole, byEndpoint } = memberOf(name);
      return lasts(whole, now) || lasts(byEndpoint.get(endpointId), now);
    },
    isRestingSomewhere(name, now) {
      const { whole, byEndpoint } = memberOf(name);
      return lasts(whole, now) || [...byEndpoint.values()].some(rest => lasts(rest, now));
    },
    rejected({ name, endpointId, isDoubtful = false, startedAt, at }) {
      const member = memberOf(name);
      if (endpointId !== undefined && isDoubtful) {
        const doubts = (member.doubts.get(endpointId) ?? 0) + 1;
        member.doubts.set(endpointId, doubts);
        if (doubts < doubtsToRest) return isToBeTold(member, at);
      }
      const rest = endpointId === undefined ? member.whole : member.byEndpoint.get(endpointId);
      const longer = restAfter(rest, startedAt, at);
      if (endpointId === undefined) member.whole = longer;
      else member.byEndpoint.set(endpointId, longer);
      return isToBeTold(member, at);
    },
    accepted(name, endpointId) {
      const member = memberOf(name);
      member.whole = undefined;
      if (member.byEndpoint.size > 0) member.byEndpoint.delete(endpointId);
      if (member.doubts.size > 0) member.doubts.delete(endpointId);
    },
  };
}

function isToBeTold(member: Member, at: number): boolean {
  if (at - member.toldAt < tellAgainMs) return false;
  member.toldAt = at;
  return true;
}

function isBefore(left: Member, right: Member): boolean {
  if (left.running !== right.running) return left.running < right.running;
  return left.lastTurn < right.lastTurn;
}

function lasts(rest: Rest | undefined, now: number): boolean {
  return rest !== undefined && rest.until > now;
}

function restAfter(rest: Rest | undefined, startedAt: number, at: number): Rest {
  if (rest === undefined) return { forMs: firstRestMs, until: at + firstRestMs };
  // Sent before it rested, or as a last resort while it did.
  if (startedAt < rest.until) return rest;
  const forMs = Math.min(2 * rest.forMs, longestRestMs);
  return { forMs, until: at + forMs };
}
