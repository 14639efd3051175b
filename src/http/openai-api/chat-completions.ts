import type { OutgoingHttpHeaders } from 'node:http';
import { badInput, GatewayError } from '../../errors.ts';
import type { CompletionRun, Gateway } from '../../gateway/gateway.ts';
import { refuseRevoked } from '../../identity/authenticate-bearer.ts';
import { type Endpoint, splitEndpointId } from '../../model/catalog.ts';
import type { CompletionEvent, TerminalEvent } from '../../model/completion.ts';
import { checkIdempotencyKey } from '../../model/idempotency-key.ts';
import type { IncomingRequest, OutgoingResponse } from '../carrier.ts';
import type { Correlation } from '../correlation.ts';
import { createEventStreamWriter } from '../event-stream-writer.ts';
import { readBody } from '../read-body.ts';
import { sendJson } from '../send-json.ts';
import { createChunkWriter, writeStreamError } from './chunk-writer.ts';
import { type Identifying, principalOf } from './principal-of.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { type ChatHeaders, readChatRequest } from './read-chat-request.ts';
import { receiptHeaders } from './receipt-members.ts';
import { sendOpenAiError } from './send-openai-error.ts';
import { type Answerer, writeAnswer } from './write-answer.ts';

export interface ChatCompletionsOptions extends Identifying {
  readonly gateway: Gateway;
  /** How long a stream waits for a true status before it sends its head, in milliseconds. Default 10,000. */
  readonly statusWaitMs?: number;
}

/**
 * Answers `POST /v1/chat/completions`.
 *
 * @throws {GatewayError} For faults before the run began; everything later is written to the response.
 */
export async function chatCompletions(
  options: ChatCompletionsOptions,
  request: IncomingRequest,
  response: OutgoingResponse,
  correlation: Correlation,
): Promise<void> {
  const { gateway } = options;
  const principal = await principalOf(options, request);
  const contentType = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new GatewayError('BAD_USER_INPUT', 'content-type: only application/json is accepted');
  }
  const body = parseBody(await readBody(request));
  const { request: completionRequest, includesUsage } = readChatRequest(body, headersOf(request));
  if (response.destroyed) return;
  refuseRevoked(principal);
  const idempotencyKey = idempotencyKeyOf(request);
  const runOptions = { entrance: 'OPENAI', ...correlation } as const;
  const run =
    idempotencyKey === undefined
      ? gateway.run(principal, completionRequest, runOptions)
      : await gateway.runOnce(principal, completionRequest, { ...runOptions, idempotencyKey });
  if (response.destroyed) {
    run.events.cancel();
    return;
  }
  const headers = () => ({ 'x-tollgate-completion-id': run.id, ...rateLimitHeaders(run.limitsLeft) });
  if (completionRequest.stream) streamAnswer(options, run, response, headers, includesUsage);
  else collectAnswer(options, run, response, headers);
}

function collectAnswer(
  { gateway }: ChatCompletionsOptions,
  run: CompletionRun,
  response: OutgoingResponse,
  headers: () => OutgoingHttpHeaders,
): void {
  let last: TerminalEvent | undefined;
  response.once('close', () => {
    if (!response.writableFinished) run.events.cancel();
  });
  run.events.pipe({
    write(batch) {
      for (const event of batch) if (isTerminal(event)) last = event;
      return true;
    },
    end() {
      const completion = last?.completion;
      if (last === undefined || completion === undefined) {
        return sendOpenAiError(response, new GatewayError('INTERNAL', 'the run ended without a result'), headers());
      }
      const signed = { ...headers(), ...receiptHeaders(completion) };
      if (last.type !== 'finished') return sendOpenAiError(response, last.error, signed);
      if (completion.answer === undefined || completion.endpointId === undefined) {
        return sendOpenAiError(response, new GatewayError('INTERNAL', 'the answer is missing'), headers());
      }
      const endpoint = gateway.catalog.endpoint(completion.endpointId);
      const answerer = endpoint === undefined ? answererById(completion.endpointId) : answererOf(gateway, endpoint);
      sendJson(response, 200, writeAnswer(completion, completion.answer, answerer), signed);
    },
  });
}

function streamAnswer(
  { gateway, statusWaitMs = 10_000 }: ChatCompletionsOptions,
  run: CompletionRun,
  response: OutgoingResponse,
  headers: () => OutgoingHttpHeaders,
  includesUsage: boolean,
): void {
  const { events } = run;
  let isWhole = false;
  const writer = createEventStreamWriter(response, {
    headers,
    ping: ': keep-alive\n\n',
    onDrain: () => events.resume(),
    onClose: () => {
      clearTimeout(waiting);
      events.cancel();
    },
  });
  const waiting = setTimeout(() => writer.open(), statusWaitMs).unref();
  const chunks = createChunkWriter({
    includesUsage,
    answererOf: endpoint => answererOf(gateway, endpoint),
  });
  events.pipe({
    write(batch) {
      const event = batch.at(-1);
      if (event !== undefined && isTerminal(event)) {
        isWhole = true;
        clearTimeout(waiting);
        if (event.type !== 'finished' && !response.headersSent && batch.every(showsNothing)) {
          writer.release();
          sendOpenAiError(response, event.error, { ...headers(), ...receiptHeaders(event.completion) });
          return true;
        }
        writer.end(chunks.write(batch));
        return true;
      }
      const text = chunks.write(batch);
      if (text !== '') clearTimeout(waiting);
      if (!chunks.isOver) return writer.write(text);
      isWhole = true;
      writer.end(text);
      events.cancel();
      return true;
    },
    end() {
      clearTimeout(waiting);
      if (!isWhole) writer.end(writeStreamError(new GatewayError('INTERNAL', 'the run ended without a result')));
    },
  });
}

function showsNothing({ type }: CompletionEvent): boolean {
  return type === 'accepted' || type === 'failed' || type === 'incomplete';
}

function isTerminal(event: CompletionEvent): event is TerminalEvent {
  return event.type === 'finished' || event.type === 'failed' || event.type === 'incomplete';
}

function answererOf({ catalog }: Gateway, endpoint: Endpoint): Answerer {
  const provider = catalog.provider(endpoint.providerId);
  return { modelId: endpoint.modelId, providerName: provider?.name ?? endpoint.providerId };
}

/** For an endpoint that left the catalogue while it answered. */
function answererById(endpointId: string): Answerer {
  const parts = splitEndpointId(endpointId);
  return { modelId: parts?.modelId ?? endpointId, providerName: parts?.providerId ?? '' };
}

function headersOf({ headers }: IncomingRequest): ChatHeaders {
  const { 'x-tollgate-workload': workload, 'x-session-id': session } = headers;
  const { 'x-tollgate-handoff': handoff, 'x-tollgate-hold': hold } = headers;
  return {
    ...(typeof workload === 'string' ? { workload } : {}),
    ...(typeof session === 'string' ? { session } : {}),
    ...(typeof handoff === 'string' ? { handoff } : {}),
    ...(typeof hold === 'string' ? { hold } : {}),
  };
}

/** Sent twice, it would be two keys. */
function idempotencyKeyOf({ headersDistinct }: IncomingRequest): string | undefined {
  const [key, ...others] = headersDistinct['idempotency-key'] ?? [];
  if (others.length > 0) throw badInput('idempotency-key', 'is there more than once');
  if (key !== undefined) checkIdempotencyKey('idempotency-key', key);
  return key;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the body.
    throw new GatewayError('BAD_USER_INPUT', 'the body is not JSON', { cause: (error as Error).name });
  }
}
