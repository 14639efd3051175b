import { type RawExchange, wholeAnswer } from './raw-provider.ts';

/** One chunk of a stream of chat completions, as bytes on the wire. */
export function chunk(delta: Record<string, unknown>, finishReason: string | null = null): string {
  const body = {
    id: 'c',
    object: 'chat.completion.chunk',
    model: 'one',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}

export function usageChunk(input: number, output: number): string {
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [], usage })}\n\n`;
}

export const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';
export const done = 'data: [DONE]\n\n';

/** A whole answer, streamed or not, as the request asked for it. */
export async function answerWith(exchange: RawExchange, text: string): Promise<void> {
  if (JSON.parse(exchange.request.body).stream === true) {
    await exchange.write(
      streamHead + chunk({ role: 'assistant', content: text }) + chunk({}, 'stop') + usageChunk(10, 5) + done,
    );
  } else {
    const body = JSON.stringify({
      id: 'c',
      object: 'chat.completion',
      model: 'one',
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
    await exchange.write(wholeAnswer(200, body));
  }
  exchange.end();
}

/** An error answer with a JSON body, which holds `echo` as some providers repeat what they were sent. */
export async function failWith(
  exchange: RawExchange,
  status: number,
  { headers = {}, echo = 'no' }: { readonly headers?: Readonly<Record<string, string>>; readonly echo?: string } = {},
): Promise<void> {
  const body = JSON.stringify({ error: { message: echo, type: 'server_error', code: null } });
  await exchange.write(wholeAnswer(status, body, { 'content-type': 'application/json', ...headers }));
  exchange.end();
}
