import type { DocumentNode } from 'graphql';
import { BREAK, visit } from 'graphql';

const mostDocuments = 1_000;
const longestKept = 16_384;

/** The cache that Yoga keeps parsed documents in, by their text. */
export interface DocumentCache {
  get(source: string): DocumentNode | undefined;
  set(source: string, document: DocumentNode): void;
}

/**
 * Keeps the parsed documents that were used last.
 *
 * Never one with a string in it: a prompt that stands in the document itself must not outlive its request.
 */
export function createDocumentCache(): DocumentCache {
  const documents = new Map<string, DocumentNode>();
  return {
    get(source) {
      const document = documents.get(source);
      if (document !== undefined) {
        documents.delete(source);
        documents.set(source, document);
      }
      return document;
    },
    set(source, document) {
      if (source.length > longestKept || holdsText(document)) return;
      documents.set(source, document);
      if (documents.size <= mostDocuments) return;
      for (const oldest of documents.keys()) {
        documents.delete(oldest);
        return;
      }
    },
  };
}

/** Whether a document holds a string value, which may be a prompt. */
export function holdsText(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    StringValue() {
      found = true;
      return BREAK;
    },
  });
  return found;
}
