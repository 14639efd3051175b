/** Finds a stop sequence that began in what was delivered and ends in what follows it: no provider sees both halves. */
export interface SeamStop {
  /** Takes the next piece. @returns What can be let out; it waits while it may still complete a sequence. */
  push(text: string): string;
  /** Nothing follows. @returns The rest. */
  flush(): string;
  /** A sequence is complete: the answer ends before what was pushed. */
  readonly isStopped: boolean;
}

/** Makes the search over one seam. Sequences that lie behind the seam are the provider's to find. */
export function createSeamStop(delivered: string, sequences: readonly string[]): SeamStop {
  const longest = Math.max(1, ...sequences.map(sequence => sequence.length));
  const before = longest === 1 ? '' : delivered.slice(1 - longest);
  let held = '';
  let isThrough = before === '';
  let isStopped = false;

  function find(): 'stopped' | 'waiting' | 'none' {
    const joined = before + held;
    let found: 'waiting' | 'none' = 'none';
    for (const sequence of sequences) {
      for (let start = Math.max(0, before.length - sequence.length + 1); start < before.length; start += 1) {
        const piece = joined.slice(start, start + sequence.length);
        if (piece === sequence) return 'stopped';
        if (piece.length < sequence.length && sequence.startsWith(piece)) found = 'waiting';
      }
    }
    return found;
  }

  function release(): string {
    const out = held;
    held = '';
    isThrough = true;
    return out;
  }

  return {
    get isStopped() {
      return isStopped;
    },
    push(text) {
      if (isStopped) return '';
      if (isThrough) return text;
      held += text;
      const found = find();
      if (found === 'none') return release();
      isStopped = found === 'stopped';
      return '';
    },
    flush: () => (isStopped ? '' : release()),
  };
}
