import type { ProviderEvent } from '../../src/providers/provider.ts';

/** What an answer says, in plain values: what two independent readers must agree on. */
export interface PlainReading {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly (readonly [name: string, args: string])[];
  readonly citations: number;
  readonly usage: Readonly<Record<string, number>> | null;
  /** `FAILED` and `CUT` where there is none. */
  readonly finish: string;
}

/** Adds up decoded events. */
export function summarise(events: readonly ProviderEvent[]): PlainReading {
  const calls: [string, string][] = [];
  let text = '';
  let reasoning = '';
  let citations = 0;
  let usage: Record<string, number> | null = null;
  let finish = 'NONE';
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'reasoning') reasoning += event.text;
    if (event.type === 'citation') citations += 1;
    if (event.type === 'finish') finish = event.reason;
    if (event.type === 'failure') finish = event.failure.kind === 'cut' ? 'CUT' : 'FAILED';
    if (event.type === 'usage') {
      usage = {};
      for (const [name, value] of Object.entries(event.usage)) if (typeof value === 'number') usage[name] = value;
    }
    if (event.type === 'tool-call') {
      const call = calls[event.index];
      if (call === undefined) calls[event.index] = [event.name ?? '', event.arguments];
      else call[1] += event.arguments;
    }
  }
  return { text, reasoning, toolCalls: calls, citations, usage, finish };
}

interface RecordedMessage {
  readonly content?: string | null | readonly RecordedPart[];
  readonly reasoning?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning_details?: readonly { readonly text?: string | null; readonly summary?: string }[] | null;
  readonly tool_calls?: readonly RecordedCall[] | null;
  readonly function_call?: { readonly name: string; readonly arguments: string } | null;
  readonly annotations?: readonly { readonly url_citation?: RecordedCitation }[] | null;
}

interface RecordedPart {
  readonly type: string;
  readonly text?: string;
  readonly thinking?: readonly { readonly text: string }[];
}

interface RecordedCall {
  readonly index?: number;
  readonly id?: string;
  readonly function?: { readonly name?: string | null; readonly arguments?: string };
}

interface RecordedCitation {
  readonly url: string;
  readonly start_index: number;
  readonly end_index: number;
}

interface RecordedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number; readonly cache_write_tokens?: number } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null;
  readonly prompt_cache_hit_tokens?: number;
  readonly cached_tokens?: number;
  readonly num_cached_tokens?: number;
}

interface RecordedDocument {
  readonly choices?: readonly {
    readonly delta?: RecordedMessage;
    readonly message?: RecordedMessage;
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: RecordedUsage | null;
  readonly x_groq?: { readonly usage?: RecordedUsage };
  readonly citations?: readonly string[];
  readonly error?: unknown;
}

/** Reads a recorded body line by line, in the most direct way: the yardstick for the decoder. */
export function plainReading(body: string, isStream: boolean): PlainReading {
  const documents: readonly RecordedDocument[] = isStream
    ? body
        .split(/\r?\n/)
        .filter(line => line.startsWith('data:') && !line.includes('[DONE]'))
        .map(line => JSON.parse(line.slice(5)) as RecordedDocument)
    : [JSON.parse(body) as RecordedDocument];
  let text = '';
  let reasoning = '';
  let reported: RecordedUsage | undefined;
  let finish = '';
  let refused = false;
  const urls = new Set<string>();
  const calls = new Map<unknown, [string, string]>();
  for (const document of documents) {
    const choice = document.choices?.[0];
    const message = choice?.delta ?? choice?.message ?? {};
    const { content } = message;
    const parts: readonly RecordedPart[] =
      typeof content === 'object' && content !== null ? content : [{ type: 'text', text: content ?? '' }];
    for (const part of parts) {
      if (part.type === 'text') text += part.text ?? '';
      if (part.type === 'thinking') reasoning += (part.thinking ?? []).map(item => item.text).join('');
    }
    const details = (message.reasoning_details ?? []).map(item => item.text ?? item.summary ?? '').join('');
    reasoning += message.reasoning_content || message.reasoning || details;
    for (const [order, call] of (message.tool_calls ?? []).entries()) {
      const key = isStream ? (call.index ?? call.id) : order;
      const known = calls.get(key) ?? ['', ''];
      calls.set(key, [known[0] || (call.function?.name ?? ''), known[1] + (call.function?.arguments ?? '')]);
    }
    if (message.function_call?.name) calls.set('single', [message.function_call.name, message.function_call.arguments]);
    for (const note of message.annotations ?? []) {
      if (note.url_citation === undefined) continue;
      const { url, start_index: start, end_index: end } = note.url_citation;
      urls.add(end > start ? `${url} ${start} ${end}` : url);
    }
    for (const url of document.citations ?? []) urls.add(url);
    reported = document.usage ?? document.x_groq?.usage ?? reported;
    finish = choice?.finish_reason || finish;
    if (document.error) refused = true;
  }
  const words: Record<string, string> = { stop: 'STOP', eos: 'STOP', length: 'LENGTH', tool_calls: 'TOOL_CALLS' };
  words.function_call = 'TOOL_CALLS';
  words.content_filter = 'CONTENT_FILTER';
  const silent = calls.size > 0 ? 'TOOL_CALLS' : 'STOP';
  const isMarked = !isStream || body.includes('[DONE]');
  return {
    text,
    reasoning,
    toolCalls: [...calls.values()],
    citations: urls.size,
    usage: reported === undefined ? null : plainUsage(reported),
    finish: refused ? 'FAILED' : (words[finish] ?? (finish === '' && isMarked ? silent : 'CUT')),
  };
}

function plainUsage(usage: RecordedUsage): Record<string, number> {
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  const details = usage.prompt_tokens_details;
  const cached =
    details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? usage.num_cached_tokens;
  const isApart = usage.total_tokens > usage.prompt_tokens + usage.completion_tokens;
  const output = usage.completion_tokens + (isApart ? (reasoning ?? 0) : 0);
  const reading: Record<string, number | undefined> = {
    inputTokens: usage.prompt_tokens,
    outputTokens: output,
    reasoningTokens: reasoning === undefined ? undefined : Math.min(reasoning, output),
    cachedInputTokens: cached,
    cacheWriteTokens: details?.cache_write_tokens,
  };
  const known: Record<string, number> = {};
  for (const [name, value] of Object.entries(reading)) if (value !== undefined) known[name] = value;
  return known;
}
