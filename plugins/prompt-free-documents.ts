import { BREAK, type DocumentNode, visit } from 'graphql';
import { createBoundedMap } from '../src/model/bounded-map.ts';

/** What Yoga's `parserAndValidationCache` takes. */
export interface DocumentCaches {
  readonly documentCache: {
    get(source: string): DocumentNode | undefined;
    set(source: string, document: DocumentNode): void;
  };
  readonly errorCache: { get(source: string): undefined; set(source: string, error: unknown): void };
}

export interface PromptFreeOptions {
  /** The most documents that are remembered; the one that was unused longest goes. Default 1,000. */
  readonly maxDocuments?: number;
}

const longestDocument = 16_384;

/**
 * The caches of a Yoga that remembers no prompt: a document in which a text stands is parsed anew each time.
 *
 * Yoga's own caches remember every document whole, and those that it refused too.
 */
export function promptFreeDocuments({ maxDocuments = 1_000 }: PromptFreeOptions = {}): DocumentCaches {
  const documents = createBoundedMap<string, DocumentNode>(maxDocuments);
  return {
    documentCache: {
      get: source => documents.get(source),
      set(source, document) {
        // A comment can hold a prompt too, and is not in the parsed document.
        const isFree = !source.includes('#') && !holdsText(document);
        if (isFree && source.length <= longestDocument) documents.set(source, document);
      },
    },
    errorCache: { get: () => undefined, set() {} },
  };
}

function holdsText(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    StringValue() {
      isFound = true;
      return BREAK;
    },
  });
  return isFound;
}
