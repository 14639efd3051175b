/** How deep a JSON value of a caller may be nested: far below what a recursion over it bears. */
export const deepestJson = 64;

/** Whether a value is nested deeper than so many levels; looks no deeper than that itself. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some(member => isDeeperThan(member, levels - 1));
}
