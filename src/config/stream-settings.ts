import type { HandoffMode, HoldMode } from '../model/completion-request.ts';
import type { StreamConfig, StreamSettingsConfig } from './config-shape.ts';
import type { ConfigFile } from './file-schema.ts';

const handoffModes: Readonly<Record<NonNullable<ConfigFile['handoff']>, HandoffMode>> = {
  terminate: 'TERMINATE',
  continue: 'CONTINUE',
  restart: 'RESTART',
};
const holdModes: Readonly<Record<NonNullable<ConfigFile['hold']>, HoldMode>> = { none: 'NONE', complete: 'COMPLETE' };

/** How streams are delivered: for all, and for single workloads. */
export function readStreams(content: ConfigFile): StreamConfig {
  return {
    ...settingsOf(content),
    workloads: Object.fromEntries(
      Object.entries(content.workloads).map(([workload, settings]) => [workload, settingsOf(settings)]),
    ),
  };
}

function settingsOf({ handoff, hold }: Pick<ConfigFile, 'handoff' | 'hold'>): StreamSettingsConfig {
  return {
    ...(handoff === undefined ? {} : { handoff: handoffModes[handoff] }),
    ...(hold === undefined ? {} : { hold: holdModes[hold] }),
  };
}
