import { type DocumentNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createDocumentMemory } from '../../src/graphql/document-memory.ts';
import { buildTollgateSchema } from '../../src/graphql/schema.ts';

const names = { typePrefix: '', fieldPrefix: '' };
const schema = buildTollgateSchema({ names });
const remembering = () => createDocumentMemory<DocumentNode>({ schema, names });

function isKept(source: string): boolean {
  const memory = remembering();
  const document = parse(source);
  memory.set(source, document, document);
  return memory.get(source) === document;
}

describe('the memory of documents', () => {
  test.each([
    'mutation { complete(input: { messages: [{ role: USER, text: "my salary" }] }) { id } }',
    'mutation { complete(input: { messages: [{ role: USER, text: """my salary""" }] }) { id } }',
    'query ($t: String = "my salary") { viewer { user } }',
  ])('never keeps one that a prompt stands in: %s', source => expect(isKept(source)).toBe(false));

  test.each([
    'mutation { complete(input: { model: { text: "my salary" }, messages: [] }) { id } }',
    'mutation { complete(input: { routing: { only: [{ text: "my salary" }] }, messages: [] }) { id } }',
    'mutation { nonsense(input: { model: "my salary" }) { id } }',
  ])('never keeps one where a prompt stands in the place of a name: %s', source => expect(isKept(source)).toBe(false));

  test.each([
    'mutation ($i: CompleteInput!) { complete(input: $i) { id } }',
    'mutation ($m: [MessageInput!]!) { complete(input: { model: "auto", routing: { only: ["x"], maxPrice: { input: "1" } }, messages: $m }) { id } }',
  ])('keeps one whose strings are only names: %s', source => expect(isKept(source)).toBe(true));

  test('is bounded: what was unused longest goes, and what is very long never comes in', () => {
    const memory = remembering();
    const sources = Array.from({ length: 1_001 }, (_, index) => `{ a${index} }`);
    const keep = (source: string) => {
      const document = parse(source);
      memory.set(source, document, document);
    };
    for (const source of sources) {
      keep(source);
      memory.get(sources[0] ?? '');
    }
    expect(memory.get('{ a0 }')).toBeDefined();
    expect(memory.get('{ a1 }')).toBeUndefined();
    const long = `{ a ${'# '.repeat(10_000)}\n}`;
    keep(long);
    expect(memory.get(long)).toBeUndefined();
  });
});
