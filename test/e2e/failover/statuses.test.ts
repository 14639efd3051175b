import { afterEach, describe, expect, test } from 'vitest';
import { answerWith, chunk, failWith, streamHead } from '../../support/openai-bytes.ts';
import { type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider.ts';
import { providersYaml, startTestServer, type TestServer } from '../../support/test-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const completeDocument = `mutation ($input: CompleteInput!) { complete(input: $input) {
  id status text partialText finishReason endpoint { id }
  error { code retryable retryAfterMs excludedBy { code endpoints decisive } }
  usage { inputTokens outputTokens cost estimated }
  attempts { endpoint { id } outcome status usage { cost estimated } }
} }`;

interface Answered {
  readonly complete: {
    readonly id: string;
    readonly status: string;
    readonly text: string | null;
    readonly partialText: string | null;
    readonly error: { readonly code: string } | null;
    readonly endpoint: { readonly id: string } | null;
    readonly usage: { readonly cost: string; readonly estimated: boolean };
    readonly attempts: readonly {
      readonly outcome: string;
      readonly status: number | null;
      readonly usage: { readonly cost: string };
    }[];
  };
}

/** A server before two raw providers: `first` is cheaper, and so tried first under COST. */
async function serverBefore(
  first: RawScript,
  second: RawScript = exchange => answerWith(exchange, 'second'),
  more = '',
) {
  const one = await startRawProvider(first);
  const two = await startRawProvider(second);
  const server = await startTestServer({
    yaml: providersYaml([
      { id: 'first', url: one.url, price: '1', more },
      { id: 'second', url: two.url, price: '2', more },
    ]),
  });
  open.push(one, two, server);
  return { one, two, server };
}

async function ask(server: TestServer, input: Record<string, unknown> = {}): Promise<Answered['complete']> {
  const { data, errors } = await server.graphql<Answered>(completeDocument, {
    input: {
      model: 'acme/one',
      messages: [{ role: 'USER', text: 'hi' }],
      maxOutputTokens: 50,
      routing: { optimize: 'COST' },
      ...input,
    },
  });
  if (data === undefined || data === null) throw new Error(JSON.stringify(errors));
  return data.complete;
}

/** Everything that an OpenAI stream delivered; `onDelta` is called while it lasts. */
async function streamedText(
  server: TestServer,
  onDelta: (controller: AbortController) => void,
  routing: object = {},
): Promise<string> {
  const controller = new AbortController();
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    signal: controller.signal,
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer an-administrator-key-for-tests-only-0123456789',
    },
    body: JSON.stringify({
      model: 'acme/one',
      provider: { sort: 'price', ...routing },
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    }),
  });
  let text = '';
  try {
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      if (text.includes('"content":"Once')) onDelta(controller);
    }
  } catch {
    // Left on purpose.
  }
  return text;
}

describe('before anything was delivered', () => {
  test.each([401, 402, 403, 404, 429, 503, 529])('a %i falls over to the next endpoint, invisibly', async status => {
    const { server, one, two } = await serverBefore(exchange => failWith(exchange, status));
    const answer = await ask(server);
    expect(answer).toMatchObject({
      status: 'FINISHED',
      text: 'second',
      endpoint: { id: 'acme/one@second' },
      error: null,
    });
    expect(answer.attempts.map(attempt => attempt.status)).toEqual([status, 200]);
    expect(answer.attempts[0]?.usage.cost).toBe('0');
    expect([one.requests.length, two.requests.length]).toEqual([1, 1]);
  });

  test.each([408, 409, 425, 500, 502])(
    'a %i is tried once more where it came from, and then falls over',
    async status => {
      const { server, one, two } = await serverBefore(exchange => failWith(exchange, status));
      const answer = await ask(server);
      expect(answer).toMatchObject({ status: 'FINISHED', text: 'second', endpoint: { id: 'acme/one@second' } });
      expect(answer.attempts.map(attempt => attempt.status)).toEqual([status, status, 200]);
      expect([one.requests.length, two.requests.length]).toEqual([2, 1]);
    },
  );

  test('a 500 that comes once is answered by the endpoint that had it', async () => {
    let calls = 0;
    const { server, two } = await serverBefore(exchange => {
      calls += 1;
      return calls === 1 ? failWith(exchange, 500) : answerWith(exchange, 'first');
    });
    const answer = await ask(server);
    expect(answer).toMatchObject({ status: 'FINISHED', text: 'first', endpoint: { id: 'acme/one@first' } });
    expect(two.requests).toHaveLength(0);
  });

  test.each([400, 413, 422])('a %i is the request’s own fault, and tried nowhere else', async status => {
    const { server, two } = await serverBefore(exchange => failWith(exchange, status));
    const answer = await ask(server);
    expect(answer.status).toBe('FAILED');
    expect(answer.attempts).toHaveLength(1);
    expect(two.requests).toHaveLength(0);
  });

  const faults: readonly (readonly [string, RawScript])[] = [
    ['a reset', exchange => exchange.reset()],
    ['a hang-up without an answer', exchange => exchange.end()],
    [
      'HTML with status 200',
      exchange => exchange.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<html>').then(() => exchange.end()),
    ],
    [
      'a body cut short',
      exchange => exchange.write('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"id"').then(() => exchange.end()),
    ],
  ];
  test.each(faults)('%s falls over', async (_, script) => {
    const { server } = await serverBefore(script);
    expect(await ask(server)).toMatchObject({ status: 'FINISHED', text: 'second' });
  });

  test('silence falls over after the time limit, and the silent call is hung up', async () => {
    const hungUp: Promise<number>[] = [];
    const { server } = await serverBefore(
      exchange => void hungUp.push(exchange.hungUp),
      exchange => answerWith(exchange, 'second'),
      '    timeouts: { unary: PT0.2S }\n',
    );
    const answer = await ask(server);
    expect(answer).toMatchObject({ status: 'FINISHED', text: 'second' });
    expect(answer.attempts[0]?.outcome).toBe('TIMED_OUT');
    await hungUp[0];
  });

  test('without fallbacks one endpoint is tried', async () => {
    const { server, two } = await serverBefore(exchange => failWith(exchange, 500));
    const answer = await ask(server, { routing: { optimize: 'COST', allowFallbacks: false } });
    expect(answer).toMatchObject({ status: 'FAILED', error: { code: 'PROVIDER_FAILED' } });
    expect(two.requests).toHaveLength(0);
  });

  test('credentials that the provider rejects never look like the caller’s', async () => {
    const { server } = await serverBefore(
      exchange => failWith(exchange, 401),
      exchange => failWith(exchange, 403),
    );
    expect(await ask(server)).toMatchObject({ status: 'FAILED', error: { code: 'PROVIDER_CREDENTIALS_REJECTED' } });
  });

  test('a rate limit rests the endpoint as long as it asked', async () => {
    const { server, one } = await serverBefore(exchange =>
      failWith(exchange, 429, { headers: { 'retry-after': '30' } }),
    );
    await ask(server);
    await ask(server);
    expect(one.requests).toHaveLength(1);
  });
});

describe('after text was delivered', () => {
  const cutOff: RawScript = async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Once' }));
    exchange.end();
  };

  test('a cut answer that nobody may go on with ends as incomplete: an error, no finish reason, no [DONE]', async () => {
    const { server, two } = await serverBefore(cutOff);
    const text = await streamedText(server, () => {}, { allow_fallbacks: false });
    expect(two.requests).toHaveLength(0);
    expect(text).toContain('"code":"STREAM_CUT"');
    expect(text).not.toContain('[DONE]');
    expect(text).not.toMatch(/"finish_reason":"/);
  });
});

describe('leaving', () => {
  test('hangs up on the provider at once, and books the input and what arrived', async () => {
    const provider: RawProvider = await startRawProvider(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Once upon a time' }));
      await exchange.hungUp;
      order.push('provider saw the hang-up');
    });
    const order: string[] = [];
    const server = await startTestServer({ yaml: providersYaml([{ id: 'first', url: provider.url }]) });
    open.push(provider, server);
    await streamedText(server, controller => {
      order.push('client left');
      controller.abort();
    });
    await expect.poll(() => order, { timeout: 2000, interval: 5 }).toEqual(['client left', 'provider saw the hang-up']);
    const booked = () =>
      server.graphql(
        '{ completions(first: 1) { nodes { status usage { inputTokens outputTokens cost estimated } attempts { outcome } } } }',
      );
    await expect
      .poll(async () => (await booked()).data, { timeout: 2000 })
      .toMatchObject({
        completions: {
          nodes: [{ status: 'CANCELLED', usage: { estimated: true }, attempts: [{ outcome: 'CANCELLED' }] }],
        },
      });
  });
});
