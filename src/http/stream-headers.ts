import { badInput } from '../errors.ts';
import type { HandoffMode, HoldMode } from '../model/completion-request.ts';
import { handoffModes, holdModes } from '../model/stream-modes.ts';

/** Reads `x-tollgate-handoff`. @throws {GatewayError} BAD_USER_INPUT. */
export function readHandoff(header: string | undefined): HandoffMode | undefined {
  return readWord('x-tollgate-handoff', header, handoffModes);
}

/** Reads `x-tollgate-hold`. @throws {GatewayError} BAD_USER_INPUT. */
export function readHold(header: string | undefined): HoldMode | undefined {
  return readWord('x-tollgate-hold', header, holdModes);
}

function readWord<Mode extends string>(
  name: string,
  header: string | undefined,
  modes: Readonly<Record<string, Mode>>,
): Mode | undefined {
  if (header === undefined) return undefined;
  const word = header.trim().toLowerCase();
  // Own members alone: a header may name what every object has.
  if (!Object.hasOwn(modes, word)) throw badInput(name, `must be one of ${Object.keys(modes).join(', ')}`);
  return modes[word];
}
