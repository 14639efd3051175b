/** Writes JSON; amounts of money become text. Undefined becomes SQL's null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? member.toString() : member));
}

export function toJsonOrNull(value: unknown): string | null {
  return value === undefined ? null : toJson(value);
}

/** Reads what the ledger itself wrote. */
export function fromJson<T>(text: unknown): T {
  return JSON.parse(String(text)) as T;
}
