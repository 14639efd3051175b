import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedactionOptions, useRedaction } from '../../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../../graphql/open-yoga.ts';
import { listenYoga } from '../open-host.ts';
import { clinicCoordinates, openClinic } from './clinic.ts';

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const card = '4111 1111 1111 1111';
const rules = [{ detect: ['PAYMENT_CARD'] }] as const;

/** One operation against a clinic of its own, and what its resolvers saw. */
async function ask(query: string, variables: object = {}, options: RedactionOptions = {}) {
  const { schema, seen } = openClinic({ planted: card });
  const plugin = useRedaction({ gateway: open.gateway, rules, sensitive: clinicCoordinates, ...options });
  await using host = await listenYoga([plugin], schema);
  const response = await fetch(host.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${administratorKey}` },
    body: JSON.stringify({ query, variables }),
  });
  return { answer: await response.text(), seen: seen.join('\n') };
}

const ownData = 'plain patient { name }';

describe('a sensitive input reaches no resolver, nor anything that it can read', () => {
  test.each([
    ['a literal', `{ ask(q: "pay ${card}") { q ${ownData} } }`, {}],
    ['a block string', `{ ask(q: """pay\n ${card}""") { q ${ownData} } }`, {}],
    ['a variable', `query ($p: String) { ask(q: $p) { q ${ownData} } }`, { p: card }],
    ['a default', `query ($p: String = "${card}") { ask(q: $p) { q ${ownData} } }`, {}],
    ['an alias', `{ a: ask(q: "${card}") { b: q ${ownData} } }`, {}],
    ['fragments', `{ ...F } fragment F on Query { ... on Query { ask(q: "${card}") { q } } }`, {}],
    ['a list', `query ($p: ID!) { ask(ids: ["1", $p, "${card}"]) { plain } }`, { p: card }],
    ['one for a list', `{ ask(ids: "${card}") { plain } }`, {}],
    ['a nested input', `{ ask(note: { next: { more: [{ text: "${card}" }] } }) { plain } }`, {}],
    ['one object for a list', `{ ask(notes: { text: "${card}" }) { plain } }`, {}],
    ['one object for lists of lists', `{ ask(deep: { text: "${card}" }) { plain } }`, {}],
    ['one object for the inner lists', `{ ask(deep: [{ text: "${card}" }, [{ text: "${card}" }]]) { plain } }`, {}],
    ['a variable in one for lists of lists', `query ($p: String) { ask(deep: { text: $p }) { plain } }`, { p: card }],
    ['one for lists of lists in an input', `{ ask(note: { grid: { text: "${card}" } }) { plain } }`, {}],
    ['a variable of lists of lists', `query ($p: [[[NoteInput]]]) { ask(deep: $p) { plain } }`, { p: { text: card } }],
    ['a default of them', `query ($p: [[[NoteInput]]] = { text: "${card}" }) { ask(deep: $p) { plain } }`, {}],
    ['a text for lists of lists', `{ ask(words: "${card}") { plain } }`, {}],
    ['a scalar for lists of lists', `{ ask(boxes: { a: "${card}" }) { plain } }`, {}],
    ['a variable in one', `query ($p: String) { ask(notes: [{ text: $p }]) { plain } }`, { p: card }],
    ['a variable of one', `query ($p: NoteInput) { ask(note: $p) { plain } }`, { p: { next: { text: card } } }],
    [
      'a scalar of any form',
      `query ($p: String) { ask(any: { a: [$p, "${card}"], b: 4111111111111111 }) { plain } }`,
      { p: card },
    ],
    ['a directive', `{ ask @note(is: { text: "${card}" }) { plain } }`, {}],
    [
      'conditions',
      `query ($p: String, $i: Boolean!) { ask(q: $p) @include(if: $i) { q @skip(if: $i) plain } }`,
      { p: card, i: true },
    ],
    ['a comment', `{ ask(q: "x") { plain } } # ${card}`, {}],
    ['another operation', `query A { ask(q: "x") { plain } }`, {}],
  ])('as %s', async (_, query, variables) => {
    const { answer, seen } = await ask(query, variables);
    expect(answer).toContain('"data"');
    expect(answer).not.toContain('errors');
    expect(seen).not.toContain('1111');
    expect(seen).not.toBe('');
  });

  test('control: the same input without a mark is what the resolver gets', async () => {
    const { seen } = await ask(`{ ask(plain: "${card}") { plain } }`);
    expect(seen).toContain(card);
    const unmarked = await ask(`{ ask(q: "${card}") { plain } }`, {}, { sensitive: [] });
    expect(unmarked.seen).toContain(card);
  });
});

describe('a sensitive output reaches no client', () => {
  test.each([
    ['an argument that is given back', `{ patient { code } }`],
    ['an alias', `{ patient { x: code name } }`],
    [
      'a directive in the schema',
      `{ patient { papers { ... on Letter { body plain } ... on Scan { meta values } } } }`,
    ],
    ['an interface', `{ patient { records { title plain ... on Letter { t: title } } } }`],
    ['what implements one', `{ patient { papers { ... on Letter { title } ... on Record { u: title } } } }`],
    ['all below a field', `{ patient { friend { name n: note } } }`],
    ['a list', `{ list }`],
    ['an error', `{ fails }`],
  ])('through %s', async (_, query) => {
    const { answer } = await ask(query);
    expect(answer).toContain('"data"');
    expect(answer).not.toContain('1111');
  });
});
