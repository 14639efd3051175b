/** Writes JSON in which amounts of money are text. Several times slower than `JSON.stringify`, by its replacer. */
export function toMoneyJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? member.toString() : member));
}

/** Undefined is SQL's null. */
export function toJsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Reads what the ledger itself wrote. */
export function fromJson<T>(text: unknown): T {
  return JSON.parse(String(text)) as T;
}
