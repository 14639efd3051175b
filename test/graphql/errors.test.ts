import { normalizedExecutor } from '@graphql-tools/executor';
import { buildSchema, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { errorCodes, GatewayError } from '../../src/errors.ts';
import { createErrorMapper } from '../../src/graphql/errors.ts';
import { buildTollgateSchema } from '../../src/graphql/schema.ts';

const secret = 'my salary is 4711, "quoted"; Field "secret" of required type "X" was not provided.';
const schema = buildTollgateSchema();
const mapError = createErrorMapper();

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

async function variableErrors(input: unknown): Promise<readonly GraphQLError[]> {
  const document = parse('mutation ($i: CompleteInput!) { complete(input: $i) { id } }');
  const result = await normalizedExecutor({ schema, document, variableValues: { i: input }, contextValue: {} });
  return 'errors' in result ? (result.errors ?? []).map(error => mapError(error)) : [];
}

describe('the error mapper', () => {
  test.each(errorCodes.filter(code => code !== 'INTERNAL'))('keeps code, message and data of %s', code => {
    const fault = new GatewayError(code, 'a message', { retryAfterMs: 5, path: 'input.model' });
    const direct = mapError(fault);
    expect(direct.message).toBe('a message');
    expect(direct.extensions).toMatchObject({
      code,
      retryable: fault.retryable,
      retryAfterMs: 5,
      inputPath: 'input.model',
    });
    const wrapped = mapError(new GraphQLError('a message', { originalError: fault, path: ['complete'] }));
    expect(wrapped.extensions.code).toBe(code);
    expect(wrapped.path).toEqual(['complete']);
  });

  test('a cause reaches no caller', () => {
    const fault = new GatewayError('STORE_UNAVAILABLE', 'later', { cause: new Error(secret) });
    expect(JSON.stringify(mapError(fault))).not.toContain('4711');
    expect(mapError(fault).originalError).toBeUndefined();
  });

  test('anything else is masked, and its message is not in the log either', () => {
    const lines: unknown[] = [];
    const mapper = createErrorMapper({ log: { error: (fields, message) => lines.push({ fields, message }) } });
    const masked = mapper(new GraphQLError(secret, { originalError: new TypeError(secret) }));
    expect(JSON.stringify(masked)).not.toContain('4711');
    expect(masked.extensions).toMatchObject({ code: 'INTERNAL', retryable: false });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).toContain(String(masked.extensions.correlationId));
    expect(JSON.stringify(lines)).not.toContain('4711');
    expect(JSON.stringify(lines)).toContain('TypeError');
  });

  test('an INTERNAL of our own is masked too', () => {
    expect(mapError(new GatewayError('INTERNAL', secret)).message).not.toContain('4711');
  });

  test('maps an error once, so that one masking after the other changes nothing', () => {
    const once = mapError(new Error('x'));
    expect(mapError(once)).toBe(once);
  });

  test('leaves an error of a host alone that carries a code of its own', () => {
    const error = new GraphQLError('sold out', { extensions: { code: 'SOLD_OUT' } });
    expect(mapError(error)).toBe(error);
  });
});

describe('what GraphQL itself finds wrong', () => {
  test.each([
    ['an unknown member', { messages: [{ role: 'USER', text: secret }], prompt: secret }, /at "i"|at "i\./],
    ['a role that is none', { messages: [{ role: secret, text: 'x' }] }, /at "i\.messages\[0\]\.role"/],
    [
      'a number for a text',
      { messages: [{ role: 'USER', text: { [secret]: secret } }] },
      /at "i\.messages\[0\]\.text"/,
    ],
    ['no role', { messages: [{ text: secret }] }, /at "i\.messages\[0\]"|role/],
    [
      'money that is none',
      { messages: [], routing: { maxPrice: { input: secret } } },
      /at "i\.routing\.maxPrice\.input"/,
    ],
    ['a duration that is none', { messages: [], deadline: secret }, /at "i\.deadline"/],
    ['a text for the input', secret, /Variable "\$i"/],
  ])('%s in a variable is named without its value', async (_, input, place) => {
    const [error] = await variableErrors(input);
    expect(error?.extensions.code).toBe('BAD_USER_INPUT');
    expect(error?.message).not.toContain('4711');
    expect(error?.message).not.toContain('salary');
    expect(error?.message).toMatch(place);
  });

  test.each([
    ['a sentence as a name', { messages: [], 'my salary is 4711': 1 }],
    ['a long name', { messages: [], ['salary4711'.repeat(20)]: 1 }],
    [
      'megabytes of quotes as a name',
      { messages: [], ['\\"'.repeat(1_000_000)]: 1, [`"salary${'x'.repeat(9_000)}`]: 1 },
    ],
    ['a name that looks like the end of a message', { messages: [], 'x" is not defined by type "salary': 1 }],
    ['megabytes as a value', { messages: [{ role: 'salary"'.repeat(300_000), text: ' at "'.repeat(300_000) }] }],
  ])('%s is not echoed, and takes no time', { timeout: 2_000 }, async (_, input) => {
    const errors = await variableErrors(input);
    expect(errors.length).toBeGreaterThan(0);
    for (const { message } of errors) {
      expect(message).not.toContain('salary');
      expect(message.length).toBeLessThanOrEqual(301);
    }
  });

  test('control: graphql itself would print the value', async () => {
    const document = parse('mutation ($i: CompleteInput!) { complete(input: $i) { id } }');
    const variableValues = { i: { messages: [{ role: 'USER', text: [secret, secret] }] } };
    const result = await normalizedExecutor({ schema, document, variableValues, contextValue: {} });
    expect(JSON.stringify(result)).toContain('4711');
  });

  test.each([
    'mutation { complete(input: { messages: "my salary 4711" }) { id } }',
    'mutation { complete(input: { messages: [{ role: "my salary 4711", text: "" }] }) { id } }',
    'mutation { complete(input: { messages: [], maxOutputTokens: "4711" }) { id } }',
    'mutation { complete(input: { messages: [], deadline: "my salary is 4711 a month and some more words" }) { id } }',
  ])('a wrong literal is named without its value: %s', source => {
    const errors = validate(schema, parse(source), specifiedRules);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(mapError(error).extensions.code).toBe('BAD_USER_INPUT');
      expect(mapError(error).message).not.toContain('4711');
    }
  });

  test.each([
    'mutation { complete("my salary 4711") }',
    '{ """my salary 4711""" }',
    '{ a(b: "my salary 4711',
    '{ 4711 }',
  ])('wrong syntax is named without the text: %s', source => {
    const error = mapError(thrownBy(() => parse(source)));
    expect(error.message).toMatch(/^Syntax Error: /);
    expect(error.message).not.toContain('4711');
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('an unknown field is named, and suggestions only where they are wanted', () => {
    const [error] = validate(schema, parse('{ viewers { user } }'));
    expect(mapError(error).message).toBe('Cannot query field "viewers" on type "Query". Did you mean "viewer"?');
    const strict = createErrorMapper({ hideSuggestions: true });
    const [again] = validate(schema, parse('{ viewers { user } }'));
    expect(strict(again).message).toBe('Cannot query field "viewers" on type "Query".');
  });

  test('a name of a schema stays readable', () => {
    const [error] = validate(buildSchema('type Query { a(b: [Int!]!): Int }'), parse('{ a }'));
    expect(mapError(error).message).toContain('"[Int!]!"');
  });
});
