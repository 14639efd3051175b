import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createDocumentCache } from '../../src/graphql/document-cache.ts';

describe('the cache of parsed documents', () => {
  test('never keeps a document that a prompt stands in', () => {
    const cache = createDocumentCache();
    const holdsPrompt = 'mutation { complete(input: { messages: [{ role: USER, text: "my salary" }] }) { id } }';
    const holdsBlock = 'mutation { complete(input: { messages: [{ role: USER, text: """my salary""" }] }) { id } }';
    for (const source of [holdsPrompt, holdsBlock]) {
      cache.set(source, parse(source));
      expect(cache.get(source)).toBeUndefined();
    }
  });

  test('keeps one whose values are in its variables', () => {
    const cache = createDocumentCache();
    const source = 'mutation ($i: CompleteInput!) { complete(input: $i) { id } }';
    const document = parse(source);
    cache.set(source, document);
    expect(cache.get(source)).toBe(document);
  });

  test('is bounded: what was unused longest goes, and what is very long never comes in', () => {
    const cache = createDocumentCache();
    const sources = Array.from({ length: 1_001 }, (_, index) => `{ a${index} }`);
    for (const source of sources) {
      cache.set(source, parse(source));
      cache.get(sources[0] ?? '');
    }
    expect(cache.get('{ a0 }')).toBeDefined();
    expect(cache.get('{ a1 }')).toBeUndefined();
    const long = `{ a ${'# '.repeat(10_000)}\n}`;
    cache.set(long, parse(long));
    expect(cache.get(long)).toBeUndefined();
  });
});
