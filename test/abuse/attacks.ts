import type { OperationLimits } from '../../src/graphql/limits/operation-limits.ts';

/** One operation just over a limit, and its like just inside. */
export interface LimitAttack {
  readonly title: string;
  readonly over: string;
  /** The largest that passes. */
  readonly inside: string;
  /** What the refusal names. */
  readonly message: RegExp;
  /** The guard: with it lifted, and all others in force, `over` passes. */
  readonly guard: keyof Omit<OperationLimits, 'paidFields'>;
  /** Whether what passes calls a model. */
  readonly isPaid?: boolean;
}

const repeat = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, at) => item(at)).join(' ');
const nested = (levels: number, open: string, inner: string) => `${open.repeat(levels)}${inner}${'}'.repeat(levels)}`;
const paid = (name: string) => `${name}: complete(input: { messages: [{ role: USER, text: "x" }] }) { status }`;
/** A field of about 600 tokens. */
const wordy = `models(filter: { ${['authors', 'providers', 'vendors', 'regions'].map(list => `${list}: [${repeat(100, () => '"a"')}]`).join(' ')} supports: [${repeat(100, () => 'TOOLS')}] inputModalities: [${repeat(100, () => 'TEXT')}] }) { nodes { id } }`;
const spread = (times: number, fields: string) =>
  `{ viewer { ${repeat(times, () => '...F')} } } fragment F on Viewer { ${fields} }`;

/** Everything that one document can have too much of, at the limit and one above. */
export const limitAttacks: readonly LimitAttack[] = [
  {
    title: 'aliases',
    over: `{ viewer { ${repeat(31, at => `a${at}: user`)} } }`,
    inside: `{ viewer { ${repeat(30, at => `a${at}: user`)} } }`,
    message: /At most 30 aliases/,
    guard: 'aliases',
  },
  {
    title: 'aliases, by way of fragments',
    over: spread(
      4,
      repeat(8, at => `a${at}: user`),
    ),
    inside: spread(
      3,
      repeat(8, at => `a${at}: user`),
    ),
    message: /At most 30 aliases/,
    guard: 'aliases',
  },
  {
    title: 'levels of fields',
    over: `{ viewer { project { ${nested(10, 'parent { ', 'id')} } } }`,
    inside: `{ viewer { project { ${nested(9, 'parent { ', 'id')} } } }`,
    message: /At most 12 levels of fields/,
    guard: 'depth',
  },
  {
    title: 'levels of introspection',
    over: `{ __type(name: "Query") { ${nested(19, 'ofType { ', 'name')} } }`,
    inside: `{ __type(name: "Query") { ${nested(18, 'ofType { ', 'name')} } }`,
    message: /levels of introspection/,
    guard: 'introspectionDepth',
  },
  {
    title: 'directives',
    over: `{ viewer { ${repeat(51, () => 'user @include(if: true)')} } }`,
    inside: `{ viewer { ${repeat(50, () => 'user @include(if: true)')} } }`,
    message: /At most 50 directives/,
    guard: 'directives',
  },
  {
    title: 'tokens',
    over: `{ ${repeat(4, () => wordy)} }`,
    inside: `{ ${repeat(3, () => wordy)} }`,
    message: /2000 tokens/,
    guard: 'tokens',
  },
  {
    title: 'brackets inside brackets',
    over: `{ ${nested(64, '... { ', '__typename')} }`,
    inside: `{ ${nested(63, '... { ', '__typename')} }`,
    message: /nested deeper than 64/,
    guard: 'nesting',
  },
  {
    title: 'fields, by way of fragments',
    over: spread(
      4,
      repeat(600, () => 'user'),
    ),
    inside: spread(
      3,
      repeat(600, () => 'user'),
    ),
    message: /At most 2000 fields/,
    guard: 'fields',
  },
  {
    title: 'fields with fields below them',
    over: spread(
      6,
      repeat(45, () => 'project { id }'),
    ),
    inside: spread(
      5,
      repeat(45, () => 'project { id }'),
    ),
    message: /At most 250 fields with fields/,
    guard: 'branches',
  },
  {
    title: 'root fields',
    over: `{ ${repeat(21, () => '__typename')} }`,
    inside: `{ ${repeat(20, () => '__typename')} }`,
    message: /At most 20 root fields/,
    guard: 'rootFields',
  },
  {
    title: 'objects of an answer',
    over: '{ models(first: 500) { nodes { endpoints { model { endpoints { id } } } } } }',
    inside: '{ models(first: 500) { nodes { endpoints { id } } } }',
    message: /objects in an answer/,
    guard: 'objects',
  },
  {
    title: 'paid fields',
    over: `mutation { ${paid('a')} ${paid('b')} }`,
    inside: `mutation { ${paid('a')} }`,
    message: /may hold one complete/,
    guard: 'maxPaidFields',
    isPaid: true,
  },
];

/** One message that must be refused, or must do no harm. */
export interface Attack {
  readonly title: string;
  /** What is no string is sent as JSON. */
  readonly body: unknown;
  /** What may come back: an error of one of these codes, or `harmless`. */
  readonly verdict: readonly ('BAD_USER_INPUT' | 'harmless')[];
}

const bomb = (levels: number) =>
  `{ ...F0 } ${repeat(levels, at => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`)} fragment F${levels} on Query { __typename }`;
const complete = 'mutation ($input: CompleteInput!) { complete(input: $input) { status } }';
const raw = (variables: string) => `{"query":${JSON.stringify(complete)},"variables":${variables}}`;
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const refused = ['BAD_USER_INPUT'] as const;
const either = ['BAD_USER_INPUT', 'harmless'] as const;

export const attacks: readonly Attack[] = [
  { title: 'a fragment bomb of 2^30', body: { query: bomb(30) }, verdict: refused },
  { title: 'a fragment bomb of 2^200', body: { query: bomb(200) }, verdict: refused },
  {
    title: '5,000 aliases of complete',
    body: { query: `mutation { ${repeat(900, at => paid(`a${at}`))} }` },
    verdict: refused,
  },
  { title: '40,000 directives', body: { query: `{ __typename ${'@a'.repeat(40_000)} }` }, verdict: refused },
  { title: 'a name of 99,000 letters', body: { query: `{ ${'a'.repeat(99_000)} }` }, verdict: refused },
  {
    title: 'a string of 99,000 letters that is not closed',
    body: { query: `{ a(b: "${'x'.repeat(99_000)}` },
    verdict: refused,
  },
  {
    title: 'a document of 101,000 letters',
    body: { query: `{ __typename } #${'x'.repeat(101_000)}` },
    verdict: refused,
  },
  {
    title: 'a batch of 1,000',
    body: Array.from({ length: 1_000 }, () => ({ query: '{ __typename }' })),
    verdict: refused,
  },
  { title: '@defer', body: { query: '{ ... @defer { __typename } }' }, verdict: refused },
  { title: '@stream', body: { query: '{ models { nodes @stream { id } } }' }, verdict: refused },
  ...['__proto__', 'constructor', 'prototype'].flatMap(name => [
    { title: `${name} as an alias`, body: { query: `{ ${name}: __typename }` }, verdict: refused },
    {
      title: `${name} as an alias deep inside`,
      body: { query: `{ viewer { project { ${name}: id } } }` },
      verdict: refused,
    },
    {
      title: `${name} as a variable`,
      body: { query: `query ($${name}: Boolean!) { __typename @include(if: $${name}) }` },
      verdict: refused,
    },
    {
      title: `${name} as a fragment`,
      body: { query: `{ ...${name} } fragment ${name} on Query { __typename }` },
      verdict: refused,
    },
    { title: `${name} as an operation`, body: { query: `query ${name} { __typename }` }, verdict: refused },
    {
      title: `${name} among the members of an input`,
      body: raw(`{"input":{"${name}":{"polluted":true},"messages":[{"role":"USER","text":"x"}]}}`),
      verdict: refused,
    },
    { title: `${name} among the variables`, body: raw(`{"${name}":{"polluted":true},"input":{}}`), verdict: refused },
    {
      title: `${name} among the members of a request`,
      body: `{"${name}":{"polluted":true},"query":"{"}`,
      verdict: refused,
    },
    {
      title: `${name} among the extensions`,
      body: `{"query":"{ __typename }","extensions":{"${name}":{"polluted":true}}}`,
      verdict: either,
    },
  ]),
  { title: 'variables that are 100,000 levels deep', body: raw(`{"input":${deep(100_000)}}`), verdict: refused },
  {
    title: 'a schema of a tool that is 50,000 levels deep',
    body: raw(
      `{"input":{"messages":[{"role":"USER","text":"x"}],"tools":[{"name":"t","parameters":{"a":${deep(50_000)}}}]}}`,
    ),
    verdict: refused,
  },
  {
    title: 'variables with 60,000 names',
    body: raw(`{${repeat(60_000, at => `"k${at}":1,`)}"input":{}}`),
    verdict: refused,
  },
  { title: 'a member that is there twice', body: '{"query":"{ a }","query":"{ b }"}', verdict: refused },
  { title: 'a lone surrogate in the document', body: '{"query":"{ \\ud800 }"}', verdict: refused },
  { title: 'a lone surrogate in a name of a variable', body: raw('{"\\udfff":1,"input":{}}'), verdict: refused },
  { title: 'NUL in the document', body: '{"query":"{ \\u0000 }"}', verdict: refused },
  { title: 'a right-to-left override in the document', body: { query: '{ \u202eemanepyt__ }' }, verdict: refused },
];
