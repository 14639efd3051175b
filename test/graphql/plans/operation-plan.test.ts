import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createOperationPlans, type DocumentReader } from '../../../src/graphql/plans/operation-plan.ts';
import { buildTollgateSchema } from '../../../src/graphql/schema.ts';

const names = { typePrefix: '', fieldPrefix: '' };
const schema = buildTollgateSchema();

function countingReader(): DocumentReader & { readonly parsed: number } {
  let parsed = 0;
  return {
    schema,
    parse(source) {
      parsed += 1;
      return parse(source);
    },
    validate,
    get parsed() {
      return parsed;
    },
  };
}

function timesRead(query: string): number {
  const plans = createOperationPlans({ names });
  const reader = countingReader();
  for (let at = 0; at < 3; at += 1) plans.read(reader, query);
  return reader.parsed;
}

describe('a document is read once', () => {
  for (const query of [
    '{ __typename }',
    'mutation ($text: String!) { complete(input: { messages: [{ role: USER, text: $text }] }) { text } }',
    'mutation ($text: String!) { complete(input: { model: "auto", fallbackModels: ["a"], workload: "w", routing: { only: ["x"] }, messages: [{ role: USER, text: $text }] }) { text } }',
  ]) {
    test(query, () => expect(timesRead(query)).toBe(1));
  }
});

describe('a document is never kept that holds what may be a prompt:', () => {
  for (const query of [
    'mutation { complete(input: { messages: [{ role: USER, text: "secret" }] }) { text } }',
    'mutation { complete(input: { messages: [{ role: USER, text: """secret""" }] }) { text } }',
    'mutation ($text: String = "secret") { complete(input: { messages: [{ role: USER, text: $text }] }) { text } }',
    'mutation ($text: String!) { complete(input: { labels: [{ name: "a", value: "secret" }], messages: [{ role: USER, text: $text }] }) { text } }',
    'mutation ($text: String!) { complete(input: { stop: ["secret"], messages: [{ role: USER, text: $text }] }) { text } }',
  ]) {
    test(query, () => expect(timesRead(query)).toBe(3));
  }
});

test('a document with errors is never kept', () => {
  expect(timesRead('{ nonsense }')).toBe(3);
});

test('the plan that was unused longest goes first, and no more are kept than allowed', () => {
  const plans = createOperationPlans({ names, maxPlans: 2 });
  const reader = countingReader();
  for (const query of ['{ a: __typename }', '{ b: __typename }', '{ a: __typename }', '{ c: __typename }'])
    plans.read(reader, query);
  expect(reader.parsed).toBe(3);
  plans.read(reader, '{ a: __typename }');
  expect(reader.parsed).toBe(3);
  plans.read(reader, '{ b: __typename }');
  expect(reader.parsed).toBe(4);
});

test('knows a prompt by its type, whatever its variable is called', () => {
  const plans = createOperationPlans({ names });
  const carries = (query: string) => {
    const read = plans.read(countingReader(), query);
    return 'plan' in read ? read.plan.operation(undefined)?.carriesPrompt : undefined;
  };
  expect(carries('query ($p: CompleteInput!) { x: route(input: $p) { workload } }')).toBe(true);
  expect(carries('{ viewer { user } }')).toBe(false);
});
