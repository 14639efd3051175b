/** One promise of an interface, and what shows whether an implementation keeps it. */
export interface ContractCase<Store> {
  /** The promise that would be broken. */
  readonly name: string;
  /**
   * Resolves where the promise is kept, else rejects with an `AssertionError`.
   *
   * @param make Makes a fresh, empty store; who calls `run` closes what was made.
   */
  readonly run: (make: () => Promise<Store>) => Promise<void>;
}
