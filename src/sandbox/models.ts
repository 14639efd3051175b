import type { Capability, Price } from '../model/catalog.ts';

/** What a model says when it answers. */
export type SandboxContent =
  /** The text of the last user message. */
  | 'echo'
  /** Prose chosen by the prompt's hash. */
  | 'prose'
  | 'long'
  /** A call of the first tool, or of every tool; prose where none is offered, text once a result is there. */
  | 'tool'
  | 'tools'
  | 'json'
  | 'reason'
  | 'refusal'
  /** Prose that a content filter stops halfway. */
  | 'filtered';

/** An answer with an error status; `html` is that of a proxy in between. */
export interface SandboxFailure {
  readonly status: number;
  readonly kind: 'status' | 'context-length' | 'prompt-filter' | 'html';
  /** Sent as Retry-After, and in the body where the protocol has a place for it. */
  readonly retryAfterSeconds?: number;
  /** Default every call; `every-second` counts per sandbox, `first-of-prompt` per prompt. */
  readonly when?: 'every-second' | 'first-of-prompt';
}

/** What goes wrong with an answer whose status is 200. */
export type SandboxFault =
  /** Never answers at all. */
  | 'silent'
  /** The body ends cleanly halfway. */
  | 'cut'
  /** The connection is reset halfway. */
  | 'reset'
  /** The body stops halfway, and stays open. */
  | 'stall'
  /** An event, or the body, is not JSON. */
  | 'malformed'
  /** All is there but the marker that ends a stream. */
  | 'no-done'
  /** Every event comes in several writes, cut inside characters too. */
  | 'split'
  | 'error-first'
  | 'error-late';

/** How a model behaves; without any member it answers well, at the sandbox's own pace. */
export interface SandboxBehaviour {
  readonly content: SandboxContent;
  readonly failure?: SandboxFailure;
  readonly fault?: SandboxFault;
  /** Before the status line, in milliseconds. */
  readonly headersMs?: number;
  /** Before the first token, in milliseconds. */
  readonly firstTokenMs?: number;
  readonly tokensPerSecond?: number;
  readonly omitsUsage?: boolean;
  /** The whole answer is billed, also when the client hung up. */
  readonly billsAfterAbort?: boolean;
}

/** One model of the sandbox, with what a catalogue needs to know. */
export interface SandboxModel {
  /** The name on the wire. */
  readonly id: string;
  /** The model's id in a catalogue: `sandbox/<id>`, taken on the wire too. */
  readonly as: string;
  /** One line for a table: what it is for. */
  readonly does: string;
  readonly price: Price;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly capabilities: readonly Capability[];
  readonly behaviour: SandboxBehaviour;
}

/** The context of every model of the sandbox. */
export const sandboxContextTokens = 128_000;
const maxOutputTokens = 16_384;

/** Small and invented: a cost shows, and the cheapest model is the one that answers well whatever is asked of it. */
const chatPrice: Price = { input: 50_000_000n, output: 200_000_000n, tiers: [] };
const answerPrice: Price = { input: 100_000_000n, output: 400_000_000n, tiers: [] };
const faultPrice: Price = { input: 1_000_000_000n, output: 4_000_000_000n, tiers: [] };

const everything: readonly Capability[] = ['TOOLS', 'JSON_SCHEMA', 'REASONING', 'STREAMING'];
const toolsOnly: readonly Capability[] = ['TOOLS', 'STREAMING'];

function model(
  id: string,
  does: string,
  behaviour: SandboxBehaviour,
  facts: { readonly price: Price; readonly capabilities: readonly Capability[] },
): SandboxModel {
  return { id, as: `sandbox/${id}`, does, contextTokens: sandboxContextTokens, maxOutputTokens, behaviour, ...facts };
}

function answers(
  id: string,
  does: string,
  behaviour: SandboxBehaviour,
  capabilities: readonly Capability[] = toolsOnly,
): SandboxModel {
  return model(id, does, behaviour, { price: answerPrice, capabilities });
}

function misbehaves(id: string, does: string, behaviour: Partial<SandboxBehaviour>): SandboxModel {
  return model(id, does, { content: 'prose', ...behaviour }, { price: faultPrice, capabilities: toolsOnly });
}

function failsWith(status: number, does: string): SandboxModel {
  return misbehaves(String(status), does, { failure: { status, kind: 'status' } });
}

/** Every model of the sandbox: the one list behind its behaviour, the gateway's catalogue and `docs/sandbox.md`. */
export const sandboxModels: readonly SandboxModel[] = [
  model(
    'chat',
    'Answers prose chosen by the prompt; JSON, tool calls and reasoning where they are asked for',
    { content: 'prose' },
    { price: chatPrice, capabilities: everything },
  ),
  answers('lorem', 'The same as `chat`', { content: 'prose' }, everything),
  answers('echo', 'Answers the text of the last user message', { content: 'echo' }),
  answers('long', 'Answers about two thousand tokens', { content: 'long' }),
  answers('tool', 'Calls the first offered tool with valid arguments; answers text once a result is there', {
    content: 'tool',
  }),
  answers('tools', 'Calls every offered tool in one answer, eight at most', { content: 'tools' }),
  answers('json', 'Answers a document that satisfies the given JSON Schema', { content: 'json' }, everything),
  answers(
    'reason',
    'Reasons, then answers; refuses a continuation that was altered',
    { content: 'reason' },
    everything,
  ),
  answers('refuse', 'Refuses, as the protocol has it', { content: 'refusal' }),
  misbehaves('slow', 'First token after one second, then 20 tokens a second', {
    firstTokenMs: 1000,
    tokensPerSecond: 20,
  }),
  misbehaves('slow-headers', 'Status line after one second, then at full pace', { headersMs: 1000 }),
  misbehaves('bill-abort', '20 tokens a second; books the whole answer although the client hung up', {
    tokensPerSecond: 20,
    billsAfterAbort: true,
  }),
  misbehaves('silent', 'Takes the request and never answers', { fault: 'silent' }),
  misbehaves('cut', 'Ends cleanly halfway, without the terminal marker', { fault: 'cut' }),
  misbehaves('reset', 'Resets the connection halfway', { fault: 'reset' }),
  misbehaves('stall', 'Stops halfway and keeps the connection open', { fault: 'stall' }),
  misbehaves('malformed', 'Sends something that is not JSON halfway', { fault: 'malformed' }),
  misbehaves('no-done', 'Sends all but the last marker; the Gemini protocol has none, so there the answer is whole', {
    fault: 'no-done',
  }),
  misbehaves('split', 'Echoes, with every event cut over several writes, inside characters too', {
    content: 'echo',
    fault: 'split',
  }),
  misbehaves('error-in-stream', 'Status 200, then an error before the first token', { fault: 'error-first' }),
  misbehaves('error-late', 'An error halfway through the answer', { fault: 'error-late' }),
  misbehaves('no-usage', 'Echoes, and reports no token counts', { content: 'echo', omitsUsage: true }),
  misbehaves('content-filter', 'A content filter stops the answer halfway; Anthropic answers 400 instead', {
    content: 'filtered',
  }),
  misbehaves(
    'prompt-filter',
    'A content filter refuses the prompt; Gemini says so under status 200, the others with 400',
    {
      failure: { status: 400, kind: 'prompt-filter' },
    },
  ),
  misbehaves('context-length', 'Refuses the prompt as too long', { failure: { status: 400, kind: 'context-length' } }),
  failsWith(400, 'Refuses the request as malformed'),
  failsWith(401, 'Does not know the key'),
  failsWith(403, 'Does not allow the key this model'),
  failsWith(404, 'Does not know the model'),
  failsWith(408, 'Gave up waiting'),
  failsWith(413, 'Refuses the request as too large'),
  failsWith(422, 'Cannot process the request'),
  failsWith(429, 'Rate limited, without saying for how long'),
  misbehaves('429-after', 'Rate limited, for seven seconds', {
    failure: { status: 429, kind: 'status', retryAfterSeconds: 7 },
  }),
  failsWith(500, 'Fails'),
  misbehaves('502-html', 'A proxy answers 502 with an HTML page', { failure: { status: 502, kind: 'html' } }),
  failsWith(503, 'Is not available'),
  failsWith(529, 'Is overloaded'),
  misbehaves('flaky', 'Echoes; every second call to it fails with 500, counted from the start of the sandbox', {
    content: 'echo',
    failure: { status: 500, kind: 'status', when: 'every-second' },
  }),
  misbehaves(
    'once-500',
    'Echoes; the first call with a prompt fails with 500, later ones with the same prompt do not',
    {
      content: 'echo',
      failure: { status: 500, kind: 'status', when: 'first-of-prompt' },
    },
  ),
];

const modelsByName: ReadonlyMap<string, SandboxModel> = new Map(
  sandboxModels.flatMap(entry => [
    [entry.id, entry],
    [entry.as, entry],
  ]),
);

/** The model of this name, with the prefix `sandbox/` or without it. */
export function findSandboxModel(name: string): SandboxModel | undefined {
  return modelsByName.get(name);
}
