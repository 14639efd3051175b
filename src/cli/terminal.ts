/** Where a command reads from and writes to; the process itself, or a test. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Everything on standard input, where it is not a person. */
  readonly readInput: () => Promise<string>;
  readonly isInteractive: boolean;
  /** Aborted when the person presses Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Puts rows under each other, columns padded to their widest cell; numbers go right where `right` says so. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly boolean[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map(row =>
      row
        .map((cell, index) =>
          right[index] === true ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
