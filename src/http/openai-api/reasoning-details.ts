import { type Continuation, decodeContinuation, encodeContinuation } from '../../providers/continuation.ts';

type Detail = Readonly<Record<string, unknown>>;

/** Marks the entry that carries what `reasoning_details` of a provider cannot. */
const ownFormat = 'tollgate-v1';

/**
 * Writes a continuation as `reasoning_details`, which clients give back unchanged with the next request.
 *
 * What a provider sent as `reasoning_details` stays as it was, entry by entry. All else (another protocol's state, the
 * provider that alone can read it) travels in one last entry of the encrypted type, which clients know to keep.
 */
export function writeReasoningDetails(continuation: string | undefined): readonly Detail[] | undefined {
  if (continuation === undefined) return undefined;
  const decoded = decodeContinuation(continuation);
  const data = decoded?.protocol === 'openai' ? asRecord(decoded.data) : undefined;
  if (decoded === undefined || data === undefined || !Array.isArray(data.reasoning_details))
    return [ownEntry(continuation)];
  const { reasoning_details: details, ...rest } = data;
  if (Object.keys(rest).length === 0 && decoded.providerId === undefined) return details as readonly Detail[];
  return [...(details as readonly Detail[]), ownEntry(encodeContinuation({ ...decoded, data: rest }))];
}

/** Reads what a client gives back: the continuation of that message, or undefined where there is none to make. */
export function readReasoningDetails(details: readonly Detail[] | null | undefined): string | undefined {
  if (details == null || details.length === 0) return undefined;
  const own = details.find(isOwn);
  const others = details.filter(detail => !isOwn(detail));
  const carried = typeof own?.data === 'string' ? decodeContinuation(own.data) : undefined;
  if (carried !== undefined && carried.protocol !== 'openai') return encodeContinuation(carried);
  if (others.length === 0) return carried === undefined ? undefined : encodeContinuation(carried);
  const base: Continuation = carried ?? { protocol: 'openai', data: {} };
  return encodeContinuation({ ...base, data: { ...asRecord(base.data), reasoning_details: others } });
}

function isOwn(detail: Detail): boolean {
  return detail.format === ownFormat;
}

function ownEntry(data: string): Detail {
  return { type: 'reasoning.encrypted', id: null, format: ownFormat, index: 0, data };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
