/** How large one document may be. Fragments count as often as they are spread. */
export interface OperationLimits {
  /** Lexical tokens of the document; a string is one, however long. Default 2,000. */
  readonly tokens: number;
  /** Brackets inside brackets, before anything is parsed. Default 64. */
  readonly nesting: number;
  /** Fields inside fields; below `__schema` and `__type` `introspectionDepth` holds instead. Default 12. */
  readonly depth: number;
  /** Default 20, which the introspection query of GraphiQL needs. */
  readonly introspectionDepth: number;
  /** Fields of one operation. Default 2,000. */
  readonly fields: number;
  /** Fields with fields below them; validation compares those of one name with each other, two by two. Default 250. */
  readonly branches: number;
  /** Renamed fields of one operation. Default 30. */
  readonly aliases: number;
  /** Directives of one operation. Default 50. */
  readonly directives: number;
  /** Fields at the root of one operation. Default 20. */
  readonly rootFields: number;
  /** Operations of one document. Default 20. */
  readonly operations: number;
  /**
   * Objects that the answer of one operation may hold: a field with fields below it is one, and what is inside lists
   * counts as often as the list may be long, by `first` or by an assumption (`list-lengths.ts`). Default 100,000.
   */
  readonly objects: number;
  /** The names of root fields of which each call costs money. */
  readonly paidFields: readonly string[];
  /** How many of them one operation may hold. Default 1. */
  readonly maxPaidFields: number;
}

/** What a document may be where no limit is set; `docs/graphql.md` lists the same. */
export const defaultOperationLimits: OperationLimits = {
  tokens: 2_000,
  nesting: 64,
  depth: 12,
  introspectionDepth: 20,
  fields: 2_000,
  branches: 250,
  aliases: 30,
  directives: 50,
  rootFields: 20,
  operations: 20,
  objects: 100_000,
  paidFields: ['complete'],
  maxPaidFields: 1,
};
