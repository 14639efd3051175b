/** Where something was found, in UTF-16 units; `end` is exclusive. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds one kind of personal data or secret.
 *
 * Pure, and linear in the length of the text, whatever the text is. Throwing counts as "cannot look": the content is
 * refused.
 */
export interface Detector {
  /** As content rules name it: `EMAIL`. */
  readonly kind: string;
  /** From left to right, without overlaps. */
  find(text: string): readonly Match[];
  /**
   * Of a stream so far: from where on its end may still become, or extend, a match. `text.length` where it can not.
   * Everything before is settled: whatever follows, `find` finds the same there.
   */
  pendingFrom(text: string): number;
}
