import { createSseScanner } from '../../../src/stream/decode-sse.ts';
import { until } from '../../support/until.ts';
import type { Entrance, Lane } from './lane.ts';

/** What the caller got, whichever entrance it came by. */
export interface Answered {
  readonly id: string;
  readonly status: string;
  /** All that was delivered and not declared void. */
  readonly text: string;
  readonly code?: string;
  readonly finishReason?: string;
  readonly retryAfterMs?: number;
  readonly httpStatus: number;
  /** Of OpenAI's stream. */
  readonly doneCount: number;
  /** As it came over the wire. */
  readonly raw: string;
}

export interface AskOptions {
  readonly maxOutputTokens?: number;
  readonly deadline?: string;
  readonly prompt?: string;
  readonly regions?: readonly string[];
  readonly tools?: boolean;
  readonly signal?: AbortSignal;
  /** Called with all that has come so far, of a stream. */
  readonly onData?: (raw: string) => void;
}

const fields = `id status text partialText finishReason error { code retryAfterMs }`;
const mutation = `mutation ($input: CompleteInput!) { complete(input: $input) { ${fields} } }`;
const subscription = `subscription ($input: CompleteInput!) { complete(input: $input) { __typename seq
  ... on TextDelta { text } ... on Handoff { mode keepThroughSeq }
  ... on CompletionFinished { completion { ${fields} } } ... on CompletionFailed { completion { ${fields} } }
  ... on CompletionIncomplete { completion { ${fields} } } } }`;

interface Completed {
  readonly id: string;
  readonly status: string;
  readonly text: string | null;
  readonly partialText: string | null;
  readonly finishReason: string | null;
  readonly error: { readonly code: string; readonly retryAfterMs: number | null } | null;
}

interface StreamedEvent {
  readonly __typename: string;
  readonly seq: number;
  readonly text?: string;
  readonly keepThroughSeq?: number;
  readonly completion?: Completed;
}

/** Asks the model of this case, the cheaper endpoint first. */
export function ask(lane: Lane, entrance: Entrance, caseId: string, options: AskOptions = {}): Promise<Answered> {
  switch (entrance) {
    case 'mutation':
      return askMutation(lane, caseId, options);
    case 'subscription':
      return askSubscription(lane, caseId, options);
    case 'openai':
      return askOpenAi(lane, caseId, options);
  }
}

function inputOf(caseId: string, { prompt = 'What did the keeper see?', ...options }: AskOptions): object {
  const { maxOutputTokens = 200, deadline, regions, tools } = options;
  return {
    model: `acme/${caseId}`,
    messages: [{ role: 'USER', text: prompt }],
    maxOutputTokens,
    routing: { optimize: 'COST', ...(regions === undefined ? {} : { regions }) },
    ...(deadline === undefined ? {} : { deadline }),
    ...(tools === true ? { tools: [{ name: 'look', parameters: { type: 'object' } }] } : {}),
  };
}

async function post(lane: Lane, path: string, body: object, accept: string, signal?: AbortSignal): Promise<Response> {
  return await fetch(`${lane.server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${lane.key}` },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

function answeredBy({ id, status, text, partialText, finishReason, error }: Completed) {
  return {
    id,
    status,
    text: text ?? partialText ?? '',
    ...(error === null ? {} : { code: error.code }),
    ...(error?.retryAfterMs == null ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(finishReason === null ? {} : { finishReason }),
  };
}

async function askMutation(lane: Lane, caseId: string, options: AskOptions): Promise<Answered> {
  const body = { query: mutation, variables: { input: inputOf(caseId, options) } };
  const response = await post(lane, '/graphql', body, 'application/json', options.signal);
  const raw = await response.text();
  const { data } = JSON.parse(raw) as { readonly data?: { readonly complete: Completed } | null };
  if (data == null) throw new Error(raw);
  return { ...answeredBy(data.complete), httpStatus: response.status, doneCount: 0, raw };
}

/** Reads all server-sent events, the raw text with them. */
async function readEvents(response: Response, options: AskOptions, onData: (data: string) => void): Promise<string> {
  const scanner = createSseScanner((_, data) => onData(data));
  const decoder = new TextDecoder();
  let raw = '';
  for await (const bytes of response.body ?? []) {
    scanner.push(bytes);
    raw += decoder.decode(bytes, { stream: true });
    options.onData?.(raw);
  }
  return raw;
}

async function askSubscription(lane: Lane, caseId: string, options: AskOptions): Promise<Answered> {
  const body = { query: subscription, variables: { input: inputOf(caseId, options) } };
  const response = await post(lane, '/graphql', body, 'text/event-stream', options.signal);
  const events: StreamedEvent[] = [];
  const raw = await readEvents(response, options, data => {
    const result = JSON.parse(data || '{}') as { readonly data?: { readonly complete: StreamedEvent } };
    if (result.data) events.push(result.data.complete);
  });
  const completion = events.at(-1)?.completion;
  if (completion === undefined) throw new Error(`no last event: ${raw.slice(0, 500)}`);
  const numbers = events.map(({ seq }) => seq);
  if (numbers.some((seq, index) => seq !== index)) throw new Error(`numbers with a gap: ${numbers}`);
  const answered = answeredBy(completion);
  const delivered = deliveredText(events);
  if (answered.text !== delivered) throw new Error(`delivered "${delivered}", and told "${answered.text}"`);
  return { ...answered, httpStatus: response.status, doneCount: 0, raw };
}

/** The deltas as a client puts them together: a handoff may declare some void. */
function deliveredText(events: readonly StreamedEvent[]): string {
  let kept: StreamedEvent[] = [];
  for (const event of events) {
    if (event.__typename === 'TextDelta') kept.push(event);
    const { keepThroughSeq } = event;
    if (keepThroughSeq !== undefined) kept = kept.filter(({ seq }) => seq <= keepThroughSeq);
  }
  return kept.map(({ text = '' }) => text).join('');
}

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string; readonly tool_calls?: object };
    readonly finish_reason?: string | null;
  }[];
  readonly error?: { readonly metadata?: { readonly code?: string; readonly retry_after_ms?: number } };
}

async function askOpenAi(lane: Lane, caseId: string, options: AskOptions): Promise<Answered> {
  const { prompt = 'What did the keeper see?', maxOutputTokens = 200, tools, signal } = options;
  const body = {
    model: `acme/${caseId}`,
    messages: [{ role: 'user', content: prompt }],
    max_tokens: maxOutputTokens,
    stream: true,
    provider: { sort: 'price' },
    ...(tools === true
      ? { tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }] }
      : {}),
  };
  const response = await post(lane, '/v1/chat/completions', body, 'text/event-stream', signal);
  let text = '';
  let doneCount = 0;
  let finishReason: string | undefined;
  let error: Chunk['error'];
  let hasDelivered = false;

  function read(chunk: Chunk): void {
    const [choice] = chunk.choices ?? [];
    text += choice?.delta?.content ?? '';
    hasDelivered ||= text !== '' || choice?.delta?.tool_calls !== undefined;
    finishReason = choice?.finish_reason ?? finishReason;
    error = chunk.error ?? error;
  }

  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const raw = isStream
    ? await readEvents(response, options, data => {
        if (data === '[DONE]') doneCount += 1;
        else read(JSON.parse(data) as Chunk);
      })
    : await response.text();
  if (!isStream) read(JSON.parse(raw) as Chunk);
  const isWhole = doneCount === 1 && finishReason !== undefined && error === undefined;
  return {
    id: response.headers.get('x-tollgate-completion-id') ?? '',
    status: isWhole ? 'FINISHED' : hasDelivered ? 'INCOMPLETE' : 'FAILED',
    text,
    httpStatus: response.status,
    doneCount,
    raw,
    ...(error?.metadata?.code === undefined ? {} : { code: error.metadata.code }),
    ...(error?.metadata?.retry_after_ms === undefined ? {} : { retryAfterMs: error.metadata.retry_after_ms }),
    ...(finishReason === undefined ? {} : { finishReason }),
  };
}

/** A completion as the ledger has it. */
export interface Booked {
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly usage: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cost: string;
    readonly estimated: boolean;
  };
  readonly attempts: readonly {
    readonly id: string;
    readonly endpoint: { readonly id: string };
    readonly outcome: string | null;
    readonly status: number | null;
    readonly usage: { readonly cost: string; readonly estimated: boolean; readonly outputTokens: number };
  }[];
}

const bookedDocument = `query ($id: ID!) { completion(id: $id) { status error { code }
  usage { inputTokens outputTokens cost estimated }
  attempts { id endpoint { id } outcome status usage { cost estimated outputTokens } } } }`;

/** Waits until it has ended, in the ledger too. */
export async function bookedOf(lane: Lane, id: string): Promise<Booked> {
  let booked: Booked | undefined;
  await until(`${id} is booked`, async () => {
    const { data } = await lane.server.graphql<{ readonly completion: Booked | null }>(bookedDocument, { id });
    booked = data?.completion ?? undefined;
    return booked !== undefined && booked.status !== 'RUNNING';
  });
  if (booked === undefined) throw new Error('not booked');
  return booked;
}
