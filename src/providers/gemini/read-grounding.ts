import type { Citation } from '../../model/completion.ts';
import { asArray, asNumber, asObject, asObjects, asText, type JsonObject } from '../json-value.ts';

/** Reads `groundingMetadata` and `citationMetadata` of a candidate, whose whole text is known by now. */
export function readCitations(candidate: JsonObject, text: string): readonly Citation[] {
  const citationMetadata = asObject(candidate.citationMetadata);
  const recited = [...asObjects(citationMetadata?.citationSources), ...asObjects(citationMetadata?.citations)];
  const toUnits = unitOffsets(text);
  return [
    ...readGrounding(asObject(candidate.groundingMetadata) ?? {}, text, toUnits),
    ...recited.map(source => citationOf(source, toUnits(source.startIndex), toUnits(source.endIndex))),
  ];
}

/** Sources that no segment of the answer names come too, without a place. */
function readGrounding(
  metadata: JsonObject,
  text: string,
  toUnits: (bytes: unknown) => number | undefined,
): Citation[] {
  const sources = asArray(metadata.groundingChunks).map(chunk => {
    const { web, retrievedContext, maps } = asObject(chunk) ?? {};
    return asObject(web) ?? asObject(retrievedContext) ?? asObject(maps) ?? {};
  });
  const named = new Set<number>();
  const citations: Citation[] = [];
  for (const support of asObjects(metadata.groundingSupports)) {
    const segment = asObject(support.segment) ?? {};
    const [start, end] = placeOf(segment, text, toUnits);
    for (const index of asArray(support.groundingChunkIndices)) {
      const source = typeof index === 'number' ? sources[index] : undefined;
      if (source === undefined || typeof index !== 'number') continue;
      named.add(index);
      citations.push(citationOf(source, start, end));
    }
  }
  const others = sources.filter((source, index) => !named.has(index) && Object.keys(source).length > 0);
  return [...citations, ...others.map(source => citationOf(source, undefined, undefined))];
}

/** Offsets are believed where they lead to the text that the segment holds; else that text is looked for. */
function placeOf(
  segment: JsonObject,
  text: string,
  toUnits: (bytes: unknown) => number | undefined,
): readonly [number | undefined, number | undefined] {
  const start = toUnits(segment.startIndex ?? 0);
  const end = toUnits(segment.endIndex);
  const quoted = asText(segment.text);
  if (quoted === undefined || (start !== undefined && end !== undefined && text.slice(start, end) === quoted)) {
    return [start, end];
  }
  const found = text.indexOf(quoted);
  return found === -1 ? [undefined, undefined] : [found, found + quoted.length];
}

function citationOf(source: JsonObject, start: number | undefined, end: number | undefined): Citation {
  const url = asText(source.uri);
  const title = asText(source.title);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(start === undefined || end === undefined ? {} : { start, end }),
  };
}

/** Offsets are in bytes of UTF-8; ours in UTF-16 units. The table is made at the first use, once per answer. */
function unitOffsets(text: string): (bytes: unknown) => number | undefined {
  let table: Map<number, number> | undefined;
  return value => {
    const offset = asNumber(value);
    if (offset === undefined) return undefined;
    table ??= tableOf(text);
    return table.get(offset);
  };
}

function tableOf(text: string): Map<number, number> {
  const table = new Map<number, number>([[0, 0]]);
  let bytes = 0;
  let units = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units += character.length;
    table.set(bytes, units);
  }
  return table;
}
