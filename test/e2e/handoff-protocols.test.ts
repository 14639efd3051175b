import { afterEach, expect, test } from 'vitest';
import { sayGolden } from '../support/golden-provider.ts';
import { type RawScript, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, startTestServer } from '../support/test-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const text = 'Once upon a time there was a gateway that never lied to anybody.';
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';
const asked = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }];

interface Protocol {
  readonly name: 'anthropic' | 'gemini';
  readonly path: string;
  /** The stream that says this. */
  stream(said: string): string;
  /** The messages of a request, and what it must hold to go on from a text. */
  readonly messagesOf: (body: string) => unknown;
  readonly expected: (prefix: string) => unknown;
}

const protocols: readonly Protocol[] = [
  {
    name: 'anthropic',
    path: '',
    stream(said) {
      const events: readonly Record<string, unknown>[] = [
        {
          type: 'message_start',
          message: {
            id: 'm',
            type: 'message',
            role: 'assistant',
            model: 'one',
            content: [],
            stop_reason: null,
            usage: { input_tokens: 20, output_tokens: 1 },
          },
        },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 11 } },
        { type: 'message_stop' },
      ];
      return events.map(event => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    },
    messagesOf: body => JSON.parse(body).messages,
    expected: prefix => [...asked, { role: 'assistant', content: [{ type: 'text', text: prefix }] }],
  },
  {
    name: 'gemini',
    path: '/v1beta',
    stream(said) {
      const answer = {
        candidates: [{ content: { role: 'model', parts: [{ text: said }] }, finishReason: 'STOP', index: 0 }],
        usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 11, totalTokenCount: 31 },
      };
      return `data: ${JSON.stringify(answer)}\r\n\r\n`;
    },
    messagesOf: body => JSON.parse(body).contents,
    expected: prefix => [
      { role: 'user', parts: [{ text: 'hi' }] },
      { role: 'model', parts: [{ text: prefix }] },
    ],
  },
];

test.each(protocols)(
  '$name goes on from a text that was cut behind a blank: nothing is lost, and nothing said twice',
  async ({ name, path, stream, messagesOf, expected }) => {
    const prefix = 'Once upon a time';
    const goOn: RawScript = async exchange => {
      await exchange.write(head + stream(text.slice(prefix.length)));
      exchange.end();
    };
    const first = await startRawProvider(sayGolden({ golden: text, fault: { at: prefix.length + 1, kind: 'fin' } }));
    const second = await startRawProvider(goOn);
    const capabilities = 'contextTokens: 8000, capabilities: [STREAMING, PREFIX]';
    const yaml = `providers:
  - id: first
    protocol: openai
    baseUrl: ${first.url}/v1
    apiKey: key-of-first
    models: [{ id: one, as: acme/one, price: { input: "1", output: "1" }, ${capabilities} }]
  - id: second
    protocol: ${name}
    baseUrl: ${second.url}${path}
    apiKey: key-of-second
    models: [{ id: one, as: acme/one, price: { input: "2", output: "2" }, ${capabilities} }]
`;
    const server = await startTestServer({ yaml });
    open.push(first, second, server);
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${adminKey}`,
      },
      body: JSON.stringify({
        query: `subscription ($input: CompleteInput!) { complete(input: $input) { __typename
          ... on TextDelta { text } ... on CompletionFinished { completion { text finishReason
            attempts { outcome usage { inputTokens outputTokens } } } } } }`,
        variables: {
          input: {
            model: 'acme/one',
            messages: [{ role: 'USER', text: 'hi' }],
            routing: { order: ['first'] },
          },
        },
      }),
    });
    const body = await response.text();
    const last = /\{"data":\{"complete":\{"__typename":"CompletionFinished".*\}/.exec(body)?.[0] ?? '{}';
    expect(JSON.parse(last)).toMatchObject({
      data: {
        complete: {
          completion: {
            text,
            finishReason: 'STOP',
            attempts: [{ outcome: 'CUT' }, { outcome: 'SUCCEEDED', usage: { inputTokens: 20, outputTokens: 11 } }],
          },
        },
      },
    });
    expect(messagesOf(second.requests[0]?.body ?? '')).toEqual(expected(prefix));
  },
);
