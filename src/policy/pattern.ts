/**
 * Whether one of the names matches one of the patterns. `*` stands for any characters, also none; letters are compared
 * without regard to case.
 */
export function matchesAny(patterns: readonly string[], names: readonly string[]): boolean {
  return patterns.some(pattern => {
    const matches = compiled(pattern);
    return names.some(matches);
  });
}

function compiled(pattern: string): (name: string) => boolean {
  const pieces = pattern.toLowerCase().split('*');
  return name => matchesPieces(pieces, name.toLowerCase());
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
