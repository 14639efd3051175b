// Streams an answer token by token: over server-sent events, then over a WebSocket. See README.md.
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWebSocketClient } from 'graphql-ws';

const url = process.env.TOLLGATE_URL ?? 'http://127.0.0.1:4000';
const authorization = `Bearer ${process.env.TOLLGATE_API_KEY}`;
const model = process.argv[2] ?? 'auto';

const operation = {
  query: `
    subscription Ask($input: CompleteInput!) {
      complete(input: $input) {
        ... on TextDelta { text }
        ... on CompletionFinished { completion { status endpoint { id } usage { cost } } }
        ... on CompletionFailed { completion { status error { code } } }
        ... on CompletionIncomplete { completion { status error { code } } }
      }
    }`,
  variables: { input: { model, messages: [{ role: 'USER', text: 'Say hello' }] } },
};

interface Data {
  readonly complete: {
    readonly text?: string;
    readonly completion?: {
      readonly status: string;
      readonly endpoint?: { readonly id: string };
      readonly usage?: { readonly cost: string };
      readonly error?: { readonly code: string };
    };
  };
}

interface Result {
  readonly data?: Data | null | undefined;
  readonly errors?: readonly { readonly message: string }[] | undefined;
}

const sse = createSseClient({ url: `${url}/graphql`, headers: { authorization } });
const webSocket = createWebSocketClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { authorization },
  lazyCloseTimeout: 0,
});

await print('SSE', sse.iterate<Data>(operation));
await print('WebSocket', webSocket.iterate<Data>(operation));
await webSocket.dispose();

/** Leaving the loop early would cancel the completion, and hang up on the provider. */
async function print(transport: string, results: AsyncIterable<Result>): Promise<void> {
  process.stdout.write(`${transport}: `);
  for await (const { data, errors } of results) {
    if (!data) throw new Error(errors?.map(({ message }) => message).join('\n'));
    const { text = '', completion } = data.complete;
    process.stdout.write(text);
    if (completion === undefined) continue;
    const { status, endpoint, usage, error } = completion;
    console.log(` [${status} ${error?.code ?? `${endpoint?.id} $${usage?.cost}`}]`);
  }
}
