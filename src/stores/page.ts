/** Asks for a page by key, not by offset. */
export interface PageRequest {
  /** At most so many; 1 to 500. */
  readonly first: number;
  /** The `cursor` of the entry to go on after. One that this list did not make is BAD_USER_INPUT. */
  readonly after?: string;
}

export interface Page<T> {
  readonly entries: readonly { readonly cursor: string; readonly node: T }[];
  readonly hasNextPage: boolean;
}
