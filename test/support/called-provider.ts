import { afterEach } from 'vitest';
import { createHttpProvider, type HttpProviderOptions } from '../../src/providers/http-provider.ts';
import { openaiCompatible } from '../../src/providers/openai-compatible/openai-compatible.ts';
import type { ProviderAdapter, ProviderEvent, ProviderFailure } from '../../src/providers/provider.ts';
import { clearedRequest, type RequestOverrides } from './cleared-request.ts';
import { chunk, lastChunk, type RawProvider, type RawScript, startRawProvider, streamHead } from './raw-provider.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()));
});

/** Starts a scripted provider that is closed after the test. */
export async function start(script: RawScript | readonly RawScript[]): Promise<RawProvider> {
  const provider = await startRawProvider(script);
  closers.push(() => provider.close());
  return provider;
}

export function adapterFor(url: string, options: Partial<HttpProviderOptions> = {}): ProviderAdapter {
  return createHttpProvider({ id: 'acme', baseUrl: `${url}/v1`, apiKey: 'key-of-acme', ...options }, openaiCompatible);
}

export async function collect(
  adapter: ProviderAdapter,
  overrides: RequestOverrides = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly ProviderEvent[]> {
  const events: ProviderEvent[] = [];
  for await (const batch of adapter.call(clearedRequest(overrides), signal, overrides.traceparent)) {
    events.push(...batch);
  }
  return events;
}

export async function failureOf(
  script: RawScript,
  overrides: RequestOverrides = {},
): Promise<ProviderFailure | undefined> {
  const provider = await start(script);
  return lastFailure(await collect(adapterFor(provider.url), overrides));
}

export function lastFailure(events: readonly ProviderEvent[]): ProviderFailure | undefined {
  const last = events.at(-1);
  return last?.type === 'failure' ? last.failure : undefined;
}

export const delta = (text: string): string => `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;
export const stop = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
export const done = 'data: [DONE]\n\n';
export const whole = `${streamHead()}${chunk(delta('Hi') + stop + done)}${lastChunk}`;
export const unary = '{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}';
