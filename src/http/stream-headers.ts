import { badInput } from '../errors.ts';
import type { HandoffMode, HoldMode } from '../model/completion-request.ts';

const handoffModes: ReadonlyMap<string, HandoffMode> = new Map([
  ['terminate', 'TERMINATE'],
  ['continue', 'CONTINUE'],
  ['restart', 'RESTART'],
]);
const holdModes: ReadonlyMap<string, HoldMode> = new Map([
  ['none', 'NONE'],
  ['complete', 'COMPLETE'],
]);

/** Reads `x-tollgate-handoff`. @throws {GatewayError} BAD_USER_INPUT. */
export function readHandoff(header: string | undefined): HandoffMode | undefined {
  return readWord('x-tollgate-handoff', header, handoffModes);
}

/** Reads `x-tollgate-hold`. @throws {GatewayError} BAD_USER_INPUT. */
export function readHold(header: string | undefined): HoldMode | undefined {
  return readWord('x-tollgate-hold', header, holdModes);
}

function readWord<Mode>(name: string, header: string | undefined, modes: ReadonlyMap<string, Mode>): Mode | undefined {
  if (header === undefined) return undefined;
  const mode = modes.get(header.trim().toLowerCase());
  if (mode === undefined) throw badInput(name, `must be one of ${[...modes.keys()].join(', ')}`);
  return mode;
}
