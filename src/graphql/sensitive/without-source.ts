import { type ASTNode, type DocumentNode, type Location, Source, visit } from 'graphql';

/**
 * The document without the text that it was read from, which its nodes lead to: places keep their line and column.
 */
export function withoutSource(document: DocumentNode): DocumentNode {
  const blanks = new Map<Source, Source>();

  function blank({ start, end, source }: Location): Location {
    let blanked = blanks.get(source);
    if (blanked === undefined) {
      blanked = new Source(source.body.replace(/[^\r\n]/g, ' '), source.name, source.locationOffset);
      blanks.set(source, blanked);
    }
    return { start, end, source: blanked } as Location;
  }

  return visit(document, {
    enter: (node: ASTNode) => (node.loc === undefined ? undefined : { ...node, loc: blank(node.loc) }),
  }) as DocumentNode;
}
