/** Writes what another node reads: JSON in which amounts of money keep every digit. */
export function toAmountJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? { $n: member.toString() } : member,
  );
}

/** Reads what `toAmountJson` wrote; undefined for anything that is no JSON. */
export function fromAmountJson<T>(text: string): T | undefined {
  try {
    return JSON.parse(text, readAmount) as T;
  } catch {
    return undefined;
  }
}

function readAmount(_: string, value: unknown): unknown {
  const isAmount = typeof value === 'object' && value !== null && '$n' in value && Object.keys(value).length === 1;
  return isAmount ? BigInt(String(value.$n)) : value;
}
