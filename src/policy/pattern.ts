/**
 * Whether one of the names matches one of the patterns. `*` stands for any characters, also none; letters are compared
 * without regard to case.
 */
export function matchesAny(patterns: readonly string[], names: readonly string[]): boolean {
  return patternMatcher(patterns)(names);
}

/** As `matchesAny`, for patterns that many names are compared with: they are read once. */
export function patternMatcher(patterns: readonly string[]): (names: readonly string[]) => boolean {
  const exact = new Set<string>();
  const wild: (readonly string[])[] = [];
  for (const pattern of patterns) {
    const lower = pattern.toLowerCase();
    if (lower.includes('*')) wild.push(lower.split('*'));
    else exact.add(lower);
  }
  return names =>
    names.some(name => {
      const lower = name.toLowerCase();
      return exact.has(lower) || wild.some(pieces => matchesPieces(pieces, lower));
    });
}

/** Each piece in turn at its first place: linear, and exact, since only the last one is bound to the end. */
function matchesPieces(pieces: readonly string[], name: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const piece of rest) {
    const at = name.indexOf(piece, from);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
