import { prefixedField, prefixedType, type SchemaNames } from '../../graphql/rename-schema.ts';

/** One tab of GraphiQL, as it opens for the first time. */
export interface ExampleTab {
  readonly query: string;
  readonly variables?: string;
  readonly headers: string;
}

/** Where to enter a key; it stays in the page and is not stored. */
const headers = JSON.stringify({ Authorization: 'Bearer <your key>' }, null, 2);
const variables = JSON.stringify({ prompt: 'Why is the sky blue? One sentence.' }, null, 2);

/** Operations to begin with, under the names that this server's schema has. */
export function exampleTabs(names: SchemaNames): readonly ExampleTab[] {
  const complete = prefixedField('complete', names);
  const input = `input: { messages: [{ role: USER, text: $prompt }] }`;
  const started = prefixedType('CompletionStarted', names);
  const delta = prefixedType('TextDelta', names);
  const finished = prefixedType('CompletionFinished', names);
  const failed = prefixedType('CompletionFailed', names);
  const incomplete = prefixedType('CompletionIncomplete', names);
  return [
    {
      query: `# Enter your key below, under Headers.
# Ask once, get the whole answer.
mutation Ask($prompt: String!) {
  ${complete}(${input}) {
    status
    text
    endpoint { id }
    usage { inputTokens outputTokens cost }
    error { code message }
  }
}
`,
      variables,
      headers,
    },
    {
      query: `# Read the answer while it is written.
subscription Read($prompt: String!) {
  ${complete}(${input}) {
    seq
    ... on ${started} { endpoint { id } }
    ... on ${delta} { text }
    ... on ${finished} { completion { finishReason usage { outputTokens cost } } }
    ... on ${failed} { error { code message } }
    ... on ${incomplete} { error { code message } }
  }
}
`,
      variables,
      headers,
    },
    {
      query: `# Who would answer, who would not, and why. Calls no model.
query Explain($prompt: String!) {
  ${prefixedField('route', names)}(${input}) {
    candidates {
      status
      endpoint { id }
      expectedCost
      exclusions { code detail }
    }
  }
}
`,
      variables,
      headers,
    },
    {
      query: `# Who you are here.
query Me {
  ${prefixedField('viewer', names)} { user roles { role project { id } } }
}
`,
      headers,
    },
  ];
}
