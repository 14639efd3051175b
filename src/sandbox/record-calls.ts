import type { Protocol } from '../model/catalog.ts';

/** What a test may ask about one call; nothing of what was said in it. */
export interface SandboxCall {
  readonly protocol: Protocol;
  /** As the client named it, cut to 64 characters. */
  readonly model: string;
  readonly stream: boolean;
  readonly startedAt: number;
  /** Absent until there is one. */
  readonly status?: number;
  readonly inputTokens: number;
  /** The pieces of the answer that were sent, about a token each. */
  readonly sentPieces: number;
  /** What a real provider would put on the bill: for a whole answer its count, after a hang-up what was sent. */
  readonly billedOutputTokens: number;
  readonly state: 'running' | 'finished' | 'hung-up' | 'broken';
  /** Milliseconds since the epoch. */
  readonly endedAt?: number;
}

/** The same call, while it is being written. */
export type OpenCall = { -readonly [Member in keyof SandboxCall]: SandboxCall[Member] };

export interface CallRecord {
  /** The latest thousand, oldest first. */
  readonly calls: readonly SandboxCall[];
  open(protocol: Protocol, model: string, stream: boolean): OpenCall;
  /** Ends it, once: later ends are ignored. */
  end(call: OpenCall, state: 'finished' | 'hung-up' | 'broken'): void;
}

const keptCalls = 1000;

/** Keeps facts of the latest calls, and tells a listener when one ends. */
export function createCallRecord(onCallEnd: (call: SandboxCall) => void): CallRecord {
  const calls: OpenCall[] = [];
  return {
    calls,
    open(protocol, model, stream) {
      const numbers = { inputTokens: 0, sentPieces: 0, billedOutputTokens: 0 };
      const call: OpenCall = {
        protocol,
        model: model.slice(0, 64),
        stream,
        startedAt: Date.now(),
        ...numbers,
        state: 'running',
      };
      calls.push(call);
      if (calls.length > keptCalls) calls.shift();
      return call;
    },
    end(call, state) {
      if (call.state !== 'running') return;
      call.state = state;
      call.endedAt = Date.now();
      onCallEnd(call);
    },
  };
}
