import { continuationData, encodeContinuation } from '../continuation.ts';
import { asNumber, asObject, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';

/** A signature and the part that it stood on: a stretch of the text in UTF-16 units, or a call by its number. */
export type SignedPart =
  | { readonly start: number; readonly end: number; readonly signature: string }
  | { readonly call: number; readonly signature: string };

export interface ThoughtSignatures {
  /** Of the whole answer, in UTF-16 units: in a message of another length the stretches mean nothing. */
  readonly textLength: number;
  readonly callIds: readonly string[];
  readonly signed: readonly SignedPart[];
}

/** More opaque state than this is not kept: it would come back with every turn. */
const maxContinuationUnits = 1_048_576;

/** The `continuation` event, where the answer held signatures to give back. */
export function continuationOf(
  signatures: ThoughtSignatures,
  providerId: string | undefined,
): readonly ProviderEvent[] {
  if (signatures.signed.length === 0 || JSON.stringify(signatures).length > maxContinuationUnits) return [];
  const origin = providerId === undefined ? {} : { providerId };
  return [{ type: 'continuation', value: encodeContinuation({ protocol: 'gemini', ...origin, data: signatures }) }];
}

/** Reads what `continuationOf` wrote. It comes from the caller: only what is known here is copied. */
export function readSignatures(continuation: string | undefined, providerId: string): ThoughtSignatures | undefined {
  const data = asObject(continuationData(continuation, 'gemini', providerId));
  if (data === undefined) return undefined;
  const callIds = Array.isArray(data.callIds) ? data.callIds.filter(id => typeof id === 'string') : [];
  return { textLength: asNumber(data.textLength) ?? 0, callIds, signed: asObjects(data.signed).flatMap(readPart) };
}

function readPart(part: JsonObject): readonly SignedPart[] {
  const signature = asText(part.signature);
  const [call, start, end] = [asNumber(part.call), asNumber(part.start), asNumber(part.end)];
  if (signature === undefined) return [];
  if (call !== undefined) return [{ call, signature }];
  return start === undefined || end === undefined ? [] : [{ start, end, signature }];
}
