/** What is asked and answered, the same for every gateway. */

/** A prompt of about 0.3 KB. */
export const prompt = [
  {
    role: 'system',
    text: 'You are an assistant in a support centre. Answer briefly, in plain language, and name what you do not know.',
  },
  {
    role: 'user',
    text: 'A customer writes that the parcel of last Tuesday has still not come, though the tracking page says that it was handed over. What do we tell them?',
  },
] as const;

/** The text of every streamed token: deliveries are counted by looking for it. */
export const tokenText = ' word';

/** How tokens arrive at the gateway. */
export interface Pace {
  readonly id: 'single' | 'eight';
  /** The name of the model that streams at this pace. */
  readonly model: string;
  readonly tokensPerWrite: number;
}

export const writeEveryMs = 20;
export const paces: readonly Pace[] = [
  { id: 'single', model: 'stream-single', tokensPerWrite: 1 },
  { id: 'eight', model: 'stream-eight', tokensPerWrite: 8 },
];
export const unaryModel = 'unary';

/** An OpenAI chat completions request. `max_tokens` carries the length of a stream to the upstream, in tokens. */
export function chatBody(model: string, streamTokens?: number): string {
  return JSON.stringify({
    model,
    messages: prompt.map(({ role, text }) => ({ role, content: text })),
    max_tokens: streamTokens ?? 256,
    ...(streamTokens === undefined ? {} : { stream: true }),
  });
}

const unaryDocument = `mutation Bench($input: CompleteInput!) {
  complete(input: $input) { id status text finishReason model { id } usage { inputTokens outputTokens cost } }
}`;
const streamDocument = `subscription Bench($input: CompleteInput!) {
  complete(input: $input) {
    __typename
    ... on TextDelta { text }
    ... on CompletionFinished { completion { id finishReason usage { inputTokens outputTokens cost } } }
  }
}`;

/** The same as a GraphQL operation. */
export function graphqlBody(model: string, streamTokens?: number): string {
  return JSON.stringify({
    query: streamTokens === undefined ? unaryDocument : streamDocument,
    variables: {
      input: {
        model,
        messages: prompt.map(({ role, text }) => ({ role: role.toUpperCase(), text })),
        maxOutputTokens: streamTokens ?? 256,
      },
    },
  });
}
