import type { CallerSaw } from './caller.ts';
import type { ChatRequest } from './chat-wire.ts';
import type { RawExchange } from './raw-provider.ts';

export type UpstreamName = 'primary' | 'secondary';

/** One request of the gateway to an upstream, as the upstream saw it; times are of `performance.now()`. */
export interface SeenAttempt {
  readonly upstream: UpstreamName;
  readonly at: number;
  readonly model: string;
  readonly isStream: boolean;
  /** The header that carried the key. */
  readonly credential: string;
  /** When the gateway hung up before the upstream had ended its answer. */
  readonly hungUpAt?: number;
}

/** One attempt, to be answered. */
export interface FaultyCall extends Pick<RawExchange, 'write' | 'end' | 'reset' | 'hungUp'> {
  readonly upstream: UpstreamName;
  /** Whether this is the upstream that the gateway called first for this request: the one that is faulty. */
  readonly isFaulty: boolean;
  /** Earlier attempts for this request, at all upstreams. */
  readonly earlier: readonly SeenAttempt[];
  readonly chat: ChatRequest;
  readonly credential: string;
  /** Answers as a healthy provider does. */
  answer(): Promise<void>;
}

export type Play = (call: FaultyCall) => void | Promise<void>;

export interface AskOptions {
  readonly isStream?: boolean;
  /** Called once the caller has received text, with what makes it leave. */
  readonly onText?: (leave: () => void) => void;
}

/** One request of the caller, and what the upstreams saw of it. */
export interface Asked {
  readonly caller: CallerSaw;
  readonly attempts: readonly SeenAttempt[];
}

/** Where a scenario plays. */
export interface Stage {
  /** Sends one request through the gateway; the upstreams play the scenario for it. */
  ask(options?: AskOptions): Promise<Asked>;
  /** The same with healthy upstreams. */
  askHealthy(): Promise<Asked>;
  /** Has the upstream refuse connections while `during` lasts. */
  refuse(upstream: UpstreamName, during: () => Promise<void>): Promise<void>;
  /** Resolves once `isSo`, asked again and again, or after the limit: whether it was so. */
  until(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean>;
  /** How long a fault that is silence may be waited out before the gateway has to act, in milliseconds. */
  readonly patienceMs: number;
  /** Within which an upstream that has healed is used again, in milliseconds. */
  readonly recoveryMs: number;
}

/**
 * `pass`: the caller never noticed, or was told the truth where nothing else could be done.
 * `safe`: the caller was told that it failed, though it need not have.
 * `fail`: a cut answer passed for whole, a hang, hammering, a leak.
 */
export type Grade = 'pass' | 'safe' | 'fail';

/** How a gateway bore one fault, with what both sides saw. */
export interface Verdict {
  readonly grade: Grade;
  /** In one line, and in figures where there are some. */
  readonly why: string;
  readonly callerSaw: string;
  readonly providerSaw: string;
}

/** One fault, and what it says of a gateway. */
export interface Scenario {
  /** `cut-reset` */
  readonly id: string;
  /** What the provider does, in one line. */
  readonly fault: string;
  /** What is demanded. */
  readonly demand: string;
  readonly play: Play;
  /** Who has to answer before it begins. Default: the primary, which an earlier fault may have put out of use. */
  readonly settledBy?: 'primary' | 'any';
  readonly run: (stage: Stage) => Promise<Verdict>;
}
