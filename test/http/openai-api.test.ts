import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeContinuation } from '../../src/providers/continuation.ts';
import { type OpenedServer, openServer } from './open-server.ts';
import type { ScriptedRun } from './scripted-gateway.ts';

let opened: OpenedServer;
let client: OpenAI;
beforeAll(async () => {
  opened = await openServer();
  client = new OpenAI({ baseURL: `${opened.server.url}/v1`, apiKey: opened.key, maxRetries: 0 });
});
afterAll(() => opened.close());

const messages = [{ role: 'user', content: 'hello' }] as const;

/** Plays the next run while a call is under way. */
async function playing<T>(call: () => PromiseLike<T>, play: (run: ScriptedRun) => void): Promise<T> {
  const starting = opened.nextRun();
  const [result] = await Promise.all([call(), starting.then(play)]);
  return result;
}

describe('the official client, with nothing changed but its base URL,', () => {
  test('reads a whole answer with its usage, cost and answering model', async () => {
    const answer = await playing(
      () => client.chat.completions.create({ model: 'acme/wise', messages: [...messages] }),
      run => {
        run.accept();
        run.start();
        run.deltas({ type: 'text', text: 'Hi.' });
        run.finish({ text: 'Hi.', reasoning: 'polite' });
      },
    );
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'acme/wise',
      provider: 'Acme EU',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: 'Hi.', refusal: null, reasoning: 'polite' },
        },
      ],
      usage: {
        prompt_tokens: 11,
        completion_tokens: 7,
        total_tokens: 18,
        cost: 0.000016,
        prompt_tokens_details: { cached_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    });
  });

  test('streams text, tool calls and usage', async () => {
    const stream = await playing(
      () =>
        client.chat.completions.create({
          model: 'acme/wise',
          messages: [...messages],
          stream: true,
          stream_options: { include_usage: true },
          tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
        }),
      run => {
        run.start();
        run.deltas({ type: 'text', text: 'Let me ' }, { type: 'text', text: 'look.' });
        run.deltas({ type: 'tool-call', index: 0, id: 'call_1', name: 'look', arguments: '{"at"' });
        run.deltas({ type: 'tool-call', index: 0, arguments: ':1}' });
        run.finish({ text: 'Let me look.', toolCalls: [{ id: 'call_1', name: 'look', arguments: '{"at":1}' }] });
      },
    );
    let text = '';
    let call = '';
    let role: string | undefined;
    let finish: string | null | undefined;
    let tokens: number | undefined;
    for await (const chunk of stream) {
      const [choice] = chunk.choices;
      role ??= choice?.delta.role;
      text += choice?.delta.content ?? '';
      call += choice?.delta.tool_calls?.[0]?.function?.arguments ?? '';
      finish = choice?.finish_reason ?? finish;
      tokens = chunk.usage?.total_tokens ?? tokens;
    }
    expect({ role, text, call, finish, tokens }).toEqual({
      role: 'assistant',
      text: 'Let me look.',
      call: '{"at":1}',
      finish: 'stop',
      tokens: 18,
    });
  });

  test('sees a failure before the first token as its HTTP status, streamed or not', async () => {
    for (const stream of [true, false]) {
      const failing = playing(
        () =>
          client.chat.completions.create({ model: 'acme/wise', messages: [...messages], stream }).then(
            () => 'answered',
            error => error,
          ),
        run => {
          run.accept();
          run.fail('BUDGET_EXCEEDED');
        },
      );
      expect(await failing).toMatchObject({ status: 402, code: 'insufficient_quota' });
    }
  });

  test('is told of a cut stream by an error, without a finish reason', async () => {
    const stream = await playing(
      () => client.chat.completions.create({ model: 'acme/wise', messages: [...messages], stream: true }),
      run => {
        run.start();
        run.deltas({ type: 'text', text: 'Half' });
        run.fail('STREAM_CUT', 'incomplete');
      },
    );
    const finishes: (string | null | undefined)[] = [];
    const reading = (async () => {
      for await (const chunk of stream) finishes.push(chunk.choices[0]?.finish_reason);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'stream_cut' });
    expect(finishes.every(finish => finish === null)).toBe(true);
  });

  test('leaving a stream cancels the run', async () => {
    const starting = opened.nextRun();
    const calling = client.chat.completions.create({ model: 'acme/wise', messages: [...messages], stream: true });
    const run = await starting;
    run.start();
    const stream = await calling;
    stream.controller.abort();
    await run.cancelled;
  });

  test('lists models, and finds one by its id', async () => {
    const page = await client.models.list();
    expect(page.data.map(({ id }) => id)).toEqual(['acme/wise']);
    expect(await client.models.retrieve('acme/wise')).toMatchObject({
      owned_by: 'acme',
      pricing: { prompt: '0.0000005' },
    });
    await expect(client.models.retrieve('acme/none')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  test('is refused with a wrong key', async () => {
    const stranger = new OpenAI({ baseURL: `${opened.server.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
  });
});

test('a slow provider does not hold back the head of a stream for ever, and its wait is kept alive by comments', async () => {
  const slow = await openServer({ statusWaitMs: 1 });
  const starting = slow.nextRun();
  const response = await slow.post('/v1/chat/completions', { model: 'acme/wise', messages, stream: true });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const run = await starting;
  run.fail('PROVIDER_FAILED');
  const body = await response.text();
  expect(body).toContain('"code":"provider_failed"');
  expect(body).not.toContain('[DONE]');
  await slow.close();
});

test('gives the continuation of another protocol back unchanged with the next request', async () => {
  const continuation = encodeContinuation({
    protocol: 'anthropic',
    providerId: 'acme-eu',
    data: [{ signature: 'abc' }],
  });
  const answer = await playing(
    () => client.chat.completions.create({ model: 'acme/wise', messages: [...messages] }),
    run => run.finish({ text: 'Hi.', continuation }),
  );
  const [choice] = answer.choices;
  const starting = opened.nextRun();
  const next = opened.post('/v1/chat/completions', {
    model: 'acme/wise',
    messages: [...messages, choice?.message, messages[0]],
  });
  const run = await starting;
  run.finish({ text: 'ok' });
  await next;
  expect(run.request.prompt.messages[1]?.continuation).toBe(continuation);
});

test('names the completion and the workload in headers', async () => {
  const starting = opened.nextRun();
  const calling = opened.post(
    '/v1/chat/completions',
    { model: 'acme/wise', messages },
    { 'x-tollgate-workload': 'triage' },
  );
  const run = await starting;
  run.finish({ text: 'ok' });
  const response = await calling;
  expect(run.request.workload).toBe('triage');
  expect(response.headers.get('x-tollgate-completion-id')).toBe(run.id);
});
