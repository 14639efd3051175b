/** One call that a provider saw. Instants are milliseconds since the epoch, all on the clock of this machine. */
export interface ProviderCall {
  readonly request: string;
  readonly providerId: string;
  readonly at: number;
  readonly behaviour: string;
  /** What a whole answer says that it used, and its true cost in nano-dollars; absent where it reports nothing. */
  readonly reportedNanos?: bigint;
}

/** How a request ended for its caller. */
export interface CallerOutcome {
  readonly request: string;
  readonly tenant: string;
  /** The process that it was sent to, among `boots`. */
  readonly boot: number;
  readonly sentAt: number;
  readonly endedAt: number;
  /** FINISHED: with its whole answer. REFUSED: for its budget. LEFT: the caller hung up. BROKEN: the connection was. */
  readonly outcome: 'FINISHED' | 'REFUSED' | 'FAILED' | 'LEFT' | 'BROKEN';
  readonly code?: string;
  readonly completionId?: string;
  /** What the caller was told that it cost. */
  readonly costNanos?: bigint;
}

/** One process of a node, from its start to its end. */
export interface Boot {
  readonly nodeId: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** WIPED: killed, and its state folder is gone. */
  readonly ending?: 'KILLED' | 'WIPED' | 'STOPPED';
}

export interface InjectedFault {
  readonly kind: string;
  readonly target: string;
  readonly from: number;
  readonly to: number;
}

/** An attempt as the shared ledger has it in the end, with its last correction. */
export interface LedgerRow {
  readonly id: string;
  readonly completionId: string;
  /** By the label that its caller gave. */
  readonly request: string;
  readonly providerId: string;
  readonly startedAt: number;
  /** Absent while it runs. */
  readonly outcome?: string;
  readonly costNanos: bigint;
  readonly isEstimated: boolean;
  readonly levelKeys: readonly string[];
}

export interface LedgerCompletion {
  readonly id: string;
  readonly request: string;
  readonly status: string;
}

/** A pot: every level whose key names the policy. */
export interface Pot {
  readonly policyId: string;
  readonly limitNanos: bigint;
  readonly isMonitored: boolean;
}

/** What a pot has come to, by those who count it. */
export interface LevelTotals {
  readonly key: string;
  readonly counterSpentNanos: bigint;
  readonly counterReservedNanos: bigint;
  /** The ledger's own sum. */
  readonly ledgerNanos: bigint;
}

/** What an attempt reserved and cost in the counters, in the order in which they saw it. */
export interface CountedAttempt {
  readonly id: string;
  readonly request?: string;
  readonly providerId?: string;
  readonly reservedNanos: bigint;
  /** Absent while it is held, and where it counts in no pot. */
  readonly costNanos?: bigint;
  /** Counters that were rebuilt have heard that it is settled, and what it cost with all that the ledger had booked. */
  readonly isWithBooked?: boolean;
  /** What it was settled at, where its facts were kept after that. */
  readonly keptNanos?: bigint;
}

/** Whether one of these was under way in a span. */
export function hasFault(faults: readonly InjectedFault[], target: string, from: number, to: number): boolean {
  return faults.some(fault => fault.target === target && fault.from <= to && fault.to >= from);
}

/** All that is known of a run when it is over. */
export interface SoakHistory {
  readonly calls: readonly ProviderCall[];
  readonly callers: readonly CallerOutcome[];
  readonly boots: readonly Boot[];
  readonly faults: readonly InjectedFault[];
  readonly rows: readonly LedgerRow[];
  readonly completions: readonly LedgerCompletion[];
  readonly pots: readonly Pot[];
  readonly levels: readonly LevelTotals[];
  /** By id, over all that the counters have ever held, also before they were lost. */
  readonly counted: ReadonlyMap<string, CountedAttempt>;
  /** What the replay of the counters against the model found. */
  readonly replayed: readonly Violation[];
  /** What the ledger's own verification found. */
  readonly verified: readonly string[];
  /** Completions that were left in journals when all had drained. */
  readonly journalled: readonly string[];
}

/** A promise that was broken, with the ids of what broke it. */
export interface Violation {
  readonly check: string;
  readonly ids: readonly string[];
  readonly detail: string;
}

/** A disk that is lost later than that after an answer was given had the time to ship it, whatever else was broken. */
const shippedWithinMs = 180_000;

/** Whether what this process has recorded until then went with its disk, so that others may know less of it. */
export function isDiskLost(boots: readonly Boot[], number: number, at: number): boolean {
  const own = boots[number];
  return boots.some(
    ({ nodeId, ending, startedAt, endedAt = 0 }, index) =>
      ending === 'WIPED' &&
      nodeId === own?.nodeId &&
      (index === number || startedAt >= (own.endedAt ?? Number.POSITIVE_INFINITY)) &&
      endedAt - at < shippedWithinMs,
  );
}

export function limitsOf(pots: readonly Pot[]): (levelKey: string) => Pot | undefined {
  const byPolicy = new Map(pots.map(pot => [pot.policyId, pot]));
  return key => byPolicy.get(decodeURIComponent(key.split('/')[2] ?? ''));
}
