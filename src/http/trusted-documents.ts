/** The documents that a server knows before anybody asks for them: by id, and by their text. */
export interface TrustedDocuments {
  /** Whether no other document is accepted. */
  readonly isStrict: boolean;
  /** @param id As the client names it; the prefix `sha256:` of the GraphQL over HTTP specification may be there. */
  find(id: string): string | undefined;
  has(text: string): boolean;
}

export interface TrustedDocumentsOptions {
  /** Whether no other document is accepted. */
  readonly isStrict: boolean;
  /** Texts by id. */
  readonly byId: ReadonlyMap<string, string>;
  /** Texts that have no id and are accepted all the same. Default: none. */
  readonly further?: readonly string[];
}

const idPrefix = 'sha256:';

/** Makes the look-up over documents that were read before. */
export function createTrustedDocuments({ isStrict, byId, further = [] }: TrustedDocumentsOptions): TrustedDocuments {
  const texts: ReadonlySet<string> = new Set([...byId.values(), ...further]);
  return {
    isStrict,
    find: id => byId.get(id) ?? (id.startsWith(idPrefix) ? byId.get(id.slice(idPrefix.length)) : undefined),
    has: text => texts.has(text),
  };
}
