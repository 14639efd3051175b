/** One message that must be refused, on every carrier, before anything is begun. */
export interface BadOperation {
  readonly title: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the refusal must name. */
  readonly message?: RegExp;
}

const message = '{ role: USER, text: "x" }';
const complete = (input: string) => `mutation { complete(input: ${input}) { status } }`;

/** The bad input that is the same over HTTP, server-sent events and WebSocket. */
export const badOperations: readonly BadOperation[] = [
  { title: 'no query', body: {}, message: /query/ },
  { title: 'a query that is no string', body: { query: 7 }, message: /query/ },
  { title: 'variables that are a list', body: { query: '{ __typename }', variables: [] }, message: /variables/ },
  {
    title: 'an operation name that is a number',
    body: { query: '{ __typename }', operationName: 1 },
    message: /operationName/,
  },
  {
    title: 'an operation name that names nothing',
    body: { query: 'query A { __typename }', operationName: 'B' },
    message: /operationName/,
  },
  { title: 'a member that GraphQL does not know', body: { query: '{ __typename }', batch: true }, message: /batch/ },
  { title: 'a syntax error', body: { query: '{' } },
  { title: 'an unknown field', body: { query: '{ nonsense }' } },
  {
    title: 'an unknown field of the input',
    body: { query: complete(`{ messages: [${message}], nonsense: 1 }`) },
    message: /nonsense/,
  },
  { title: 'a message without a role', body: { query: complete('{ messages: [{ text: "x" }] }') }, message: /role/ },
  {
    title: 'text and parts both',
    body: { query: complete('{ messages: [{ role: USER, text: "x", parts: [{ text: "y" }] }] }') },
    message: /parts/,
  },
  { title: 'no messages', body: { query: complete('{ messages: [] }') }, message: /messages/ },
  {
    title: '5,000 aliases',
    body: { query: `{ ${Array.from({ length: 5_000 }, (_, at) => `a${at}: __typename`).join(' ')} }` },
  },
  { title: 'a query 10,000 levels deep', body: { query: `${'{ a'.repeat(10_000)}${' }'.repeat(10_000)}` } },
  {
    title: 'a list value 10,000 levels deep',
    body: { query: complete(`{ messages: ${'['.repeat(10_000)}${']'.repeat(10_000)} }`) },
  },
  {
    title: 'two paid fields',
    body: {
      query: `mutation { a: complete(input: { messages: [${message}] }) { status } b: complete(input: { messages: [${message}] }) { status } }`,
    },
  },
  {
    title: 'a cycle of fragments',
    body: { query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }' },
  },
  {
    title: 'lists inside lists of the catalogue, in 95 characters',
    body: { query: '{models(first:500){nodes{endpoints{model{endpoints{model{endpoints{model{endpoints{id}}}}}}}}}}' },
    message: /objects/,
  },
  { title: 'a document of 200,000 characters', body: { query: `{ ${'__typename '.repeat(20_000)} }` } },
  { title: 'a name of the prototype', body: { query: '{ __proto__: __typename }' } },
  {
    title: 'a prototype among the variables',
    body: JSON.parse(
      '{"query":"mutation ($input: CompleteInput!) { complete(input: $input) { status } }","variables":{"input":{"__proto__":{"messages":[]},"messages":[]}}}',
    ),
  },
  {
    title: 'an answer that is detached, and no subscription',
    body: { query: complete(`{ messages: [${message}], detach: true }`) },
    message: /detach/,
  },
  {
    title: 'an idempotency key that is too long',
    body: { query: complete(`{ messages: [${message}], idempotencyKey: "${'k'.repeat(256)}" }`) },
    message: /idempotencyKey/,
  },
];
