import type { CompletionRequest, HandoffMode, HoldMode } from '../model/completion-request.ts';
import type { RunOptions } from './gateway.ts';

/** How streams are delivered, where the caller does not say so. */
export interface StreamSettings {
  /** Default CONTINUE. */
  readonly handoff?: HandoffMode;
  /** Default NONE. */
  readonly hold?: HoldMode;
}

/** What the configuration says of streams: for all, and for single workloads. */
export interface StreamDefaults extends StreamSettings {
  readonly workloads: Readonly<Record<string, StreamSettings>>;
}

/** How the stream of one request is delivered. */
export interface StreamChoices {
  readonly handoff: HandoffMode;
  /** Whether nothing is delivered before the answer is whole. */
  readonly holdsBack: boolean;
}

/**
 * Decides how the stream of one request is delivered: as the caller asks, else as its workload is configured, else as all are.
 *
 * The OpenAI protocol has no word for text that is void, so a RESTART goes no further there than CONTINUE.
 */
export function streamChoices(
  { routing, workload, hold, stream }: CompletionRequest,
  entrance: RunOptions['entrance'],
  defaults: StreamDefaults = { workloads: {} },
): StreamChoices {
  const own = Object.hasOwn(defaults.workloads, workload) ? defaults.workloads[workload] : undefined;
  const asked = routing.handoff ?? own?.handoff ?? defaults.handoff ?? 'CONTINUE';
  const chosenHold = hold ?? own?.hold ?? defaults.hold ?? 'NONE';
  return {
    handoff: asked === 'RESTART' && entrance === 'OPENAI' ? 'CONTINUE' : asked,
    holdsBack: stream && chosenHold === 'COMPLETE',
  };
}
