import type { Citation } from '../../model/completion.ts';
import { asObjects, asText, type JsonObject } from '../json-value.ts';

/**
 * Reads one citation of a text block: `web_search_result_location`, `search_result_location`, or a place in a document.
 *
 * @param start Where the block begins in the answer's text; a citation is for its block as a whole.
 */
export function readCitation(citation: JsonObject, start: number, end: number): Citation {
  const url = asText(citation.url) ?? webAddress(citation.source);
  const title = asText(citation.title) ?? asText(citation.document_title);
  return { ...(url === undefined ? {} : { url }), ...(title === undefined ? {} : { title }), start, end };
}

/** The pages that a search of the provider's own found. */
export function readSearchResults(block: JsonObject): readonly Citation[] {
  return asObjects(block.content).flatMap(result => {
    const url = asText(result.url);
    if (result.type !== 'web_search_result' || url === undefined) return [];
    const title = asText(result.title);
    return [{ url, ...(title === undefined ? {} : { title }) }];
  });
}

function webAddress(source: unknown): string | undefined {
  const text = asText(source);
  return text !== undefined && /^https?:\/\//.test(text) ? text : undefined;
}
