import type { Citation } from '../../model/completion.ts';
import { asArray, asNumber, asObject, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';

/** Reasoning, text, refusal and media of a `delta` or `message`, in this order. */
export function readContent(message: JsonObject): readonly ProviderEvent[] {
  const events: ProviderEvent[] = [];
  // vLLM sends both names with the same text; OpenRouter repeats it in its details, Snowflake has it only there.
  const reasoning = asText(message.reasoning_content) ?? asText(message.reasoning);
  const shown = reasoning ?? reasoningOfDetails(message.reasoning_details);
  if (shown !== '') events.push({ type: 'reasoning', text: shown });
  const content = message.content;
  if (typeof content === 'string') {
    if (content !== '') events.push({ type: 'text', text: content });
  } else {
    for (const part of asObjects(content)) events.push(...readPart(part));
  }
  const refusal = asText(message.refusal);
  if (refusal !== undefined) events.push({ type: 'refusal', text: refusal });
  for (const image of asObjects(message.images)) events.push(...readPart(image));
  return events;
}

function readPart(part: JsonObject): readonly ProviderEvent[] {
  switch (part.type) {
    case 'text': {
      const text = asText(part.text);
      return text === undefined ? [] : [{ type: 'text', text }];
    }
    case 'thinking': {
      const text = thinkingText(part.thinking);
      return text === '' ? [] : [{ type: 'reasoning', text }];
    }
    case 'refusal': {
      const text = asText(part.refusal);
      return text === undefined ? [] : [{ type: 'refusal', text }];
    }
    case 'image_url': {
      const url = asText(part.image_url) ?? asText(asObject(part.image_url)?.url);
      return url === undefined ? [] : [readImage(url)];
    }
    default:
      return [];
  }
}

/** Mistral: a list of text parts, or plain text. */
function thinkingText(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  return asObjects(thinking)
    .map(part => asText(part.text) ?? '')
    .join('');
}

function reasoningOfDetails(details: unknown): string {
  return asObjects(details)
    .map(detail => asText(detail.text) ?? asText(detail.summary) ?? '')
    .join('');
}

function readImage(url: string): ProviderEvent {
  const match = /^data:([^;,]{1,100});base64,/.exec(url);
  if (match === null) return { type: 'media', media: { mediaType: 'image/*', url } };
  const [prefix, mediaType = 'image/*'] = match;
  return { type: 'media', media: { mediaType, data: url.slice(prefix.length) } };
}

/** Collects citations, each URL once where it has no place in the text: some vendors repeat the list in every chunk. */
export interface CitationReader {
  /** Reads `annotations` of a `delta` or `message`. */
  readAnnotations(annotations: unknown): readonly ProviderEvent[];
  /** Reads `search_results` and `citations` beside the choices (Perplexity). */
  readSources(searchResults: unknown, citations: unknown): readonly ProviderEvent[];
}

/** Makes a reader for one answer. */
export function createCitationReader(): CitationReader {
  const seen = new Set<string>();

  function emit(citation: Citation): readonly ProviderEvent[] {
    const key = `${citation.url ?? ''} ${citation.start ?? ''} ${citation.end ?? ''}`;
    if (citation.url === undefined || seen.has(key)) return [];
    seen.add(key);
    return [{ type: 'citation', citation }];
  }

  return {
    readAnnotations: annotations =>
      asObjects(annotations).flatMap(annotation => {
        const source = asObject(annotation.url_citation);
        return source === undefined ? [] : emit(readUrlCitation(source));
      }),
    readSources: (searchResults, citations) => [
      ...asObjects(searchResults).flatMap(result => emit(readUrlCitation(result))),
      ...asArray(citations).flatMap(url => (typeof url === 'string' && url !== '' ? emit({ url }) : [])),
    ],
  };
}

function readUrlCitation(source: JsonObject): Citation {
  const url = asText(source.url);
  const title = asText(source.title);
  const start = asNumber(source.start_index);
  const end = asNumber(source.end_index);
  // Offsets of 0 to 0 stand for "no place".
  const hasPlace = start !== undefined && end !== undefined && start >= 0 && end > start;
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(hasPlace ? { start, end } : {}),
  };
}
