import { describe, expect, test } from 'vitest';
import { checkCompletionLimits, defaultCompletionLimits } from '../../../src/graphql/federation/completion-queue.ts';
import type { Contribution } from '../../../src/graphql/federation/contribution.ts';
import { buildTollgateSubgraph, printTollgateSubgraph } from '../../../src/graphql/federation/tollgate-subgraph.ts';

const summary = { type: 'Ticket', key: 'id', field: 'summary', requires: 'body', prompt: 'Summarise.' } as const;
const usage = { type: 'Employee', key: 'email', field: 'aiUsage' } as const;
const names = { typePrefix: 'Ai', fieldPrefix: 'ai' };
const typeIn = (contribute: readonly Contribution[], name: string) =>
  new RegExp(`^type ${name} .*?^}`, 'ms').exec(printTollgateSubgraph({ contribute, names }))?.[0];

describe('what is contributed', () => {
  test('stands in the SDL as federation wants it', () => {
    expect(typeIn([summary, usage], 'Ticket')).toBe(`type Ticket @key(fields: "id") {
  id: ID!
  body: String! @external
  summary: String @requires(fields: "body")
}`);
    expect(typeIn([summary, usage], 'Employee')).toBe(`type Employee @key(fields: "email") {
  email: String!
  aiUsage(filter: AiUsageFilter): AiUsageTotals
}`);
  });

  test('may have keys and requirements of several fields, with types, and several fields of one type', () => {
    const key = { shop: 'ID!', number: 'Int!' };
    const tone = {
      ...summary,
      key,
      field: 'tone',
      requires: { body: 'String', title: 'String!' },
      description: 'How "angry".',
    };
    expect(
      typeIn([{ ...summary, key, requires: { body: 'String' } }, tone], 'Ticket'),
    ).toBe(`type Ticket @key(fields: "shop number") {
  shop: ID!
  number: Int!
  body: String @external
  title: String! @external
  summary: String @requires(fields: "body")
  "How \\"angry\\"."
  tone: String @requires(fields: "body title")
}`);
  });

  test.each<[string, readonly object[], RegExp]>([
    ['a type that is no name', [{ ...summary, type: 'Tick et' }], /^contribute\[0\]\.type: /],
    ['a field that is no name', [usage, { ...summary, field: '__x' }], /^contribute\[1\]\.field: /],
    ['a key of nothing', [{ ...summary, key: {} }], /^contribute\[0\]\.key: /],
    [
      'a type of a field that is no scalar',
      [{ ...summary, requires: { body: 'Body' } }],
      /^contribute\[0\]\.requires\.body: /,
    ],
    [
      'a type that would write the SDL itself',
      [{ ...summary, requires: { body: 'String } type X { y: Int' } }],
      /requires\.body/,
    ],
    [
      'a requirement that is the key',
      [{ ...summary, requires: 'id body' }],
      /^contribute\[0\]\.requires: id is in the key/,
    ],
    ['a prompt without requirement', [{ ...summary, requires: undefined }], /^contribute\[0\]\.requires: /],
    ['a requirement without prompt', [{ ...summary, prompt: undefined }], /^contribute\[0\]\.prompt: /],
    ['an empty prompt', [{ ...summary, prompt: ' ' }], /^contribute\[0\]\.prompt: /],
    ['a workload that is no name', [{ ...summary, workload: 'my tickets' }], /^contribute\[0\]\.workload: /],
    ['a label that is taken', [{ ...summary, labels: { field: 'x' } }], /^contribute\[0\]\.labels: /],
    ['an output of nothing', [{ ...summary, maxOutputTokens: 0 }], /^contribute\[0\]\.maxOutputTokens: /],
    ['a field twice', [summary, summary], /^contribute\[1\]\.field: Ticket\.summary is there twice/],
    ['two keys of one type', [summary, { ...summary, key: 'number', field: 'tone' }], /^contribute\[1\]\.key: /],
    [
      'two types of one field',
      [summary, { ...summary, requires: { body: 'ID' }, field: 'tone' }],
      /Ticket\.body has two types/,
    ],
    ['a field that others have', [{ ...summary, field: 'body' }], /Ticket\.body is a key, or required/],
    ['a user of two names', [{ ...usage, key: 'first last' }], /^contribute\[0\]\.key: a user is named by one field/],
    ['a type of the schema itself', [{ ...summary, type: 'AiProject' }], /AiProject is a type of this schema/],
  ])('is refused with %s', (_, contribute, message) => {
    expect(() => buildTollgateSubgraph({ contribute: contribute as readonly Contribution[], names })).toThrow(message);
    expect(() => buildTollgateSubgraph({ contribute: contribute as readonly Contribution[], names })).toThrow(
      TypeError,
    );
  });
});

describe('what completions may take', () => {
  test('has the documented defaults', () => {
    expect(checkCompletionLimits()).toEqual(defaultCompletionLimits);
    expect(defaultCompletionLimits).toEqual({ concurrency: 4, perOperation: 25, deadlineMs: 20_000 });
  });

  test.each([
    ['concurrency', 0],
    ['perOperation', 1_001],
    ['deadlineMs', 999],
    ['deadlineMs', Number.NaN],
  ])('is refused with %s of %d', (option, value) => {
    expect(() => checkCompletionLimits({ [option]: value })).toThrow(new RegExp(`^limits\\.${option}: `));
  });

  test.each([
    [{ maxRepresentations: 0 }, /^maxRepresentations: /],
    [{ sdl: 'NOBODY' as never }, /^sdl: /],
  ])('and neither is %o taken', (options, message) => {
    expect(() => buildTollgateSubgraph(options)).toThrow(message);
  });
});
