import { handoffModes, holdModes } from '../model/stream-modes.ts';
import type { StreamConfig, StreamSettingsConfig } from './config-shape.ts';
import type { ConfigFile } from './file-schema.ts';

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
