import type { ReportedUsage } from '../../model/usage.ts';
import { asObject, asObjects, type JsonObject } from '../json-value.ts';
import { asTokenCount } from '../token-count.ts';

/**
 * Reads a `usage` object, whose counts are cumulative.
 *
 * Anthropic reports cache reads and writes apart from `input_tokens`; here they are part of the input. A compaction is
 * a pass of its own that the sums leave out and the bill contains. Counts that make no sense are dropped.
 */
export function readUsage(usage: JsonObject): ReportedUsage {
  const compactions = asObjects(usage.iterations).filter(iteration => iteration.type === 'compaction');
  const passes = [usage, ...compactions];
  const uncached = asTokenCount(usage.input_tokens);
  const output = asTokenCount(usage.output_tokens);
  const reasoning = asTokenCount(asObject(usage.output_tokens_details)?.thinking_tokens);
  const hasCacheRead = asTokenCount(usage.cache_read_input_tokens) !== undefined;
  const hasCacheWrite = asTokenCount(usage.cache_creation_input_tokens) !== undefined;
  const cacheRead = sum(passes, pass => pass.cache_read_input_tokens);
  const cacheWrite = sum(passes, pass => pass.cache_creation_input_tokens);
  const cacheWriteLong = sum(passes, pass => asObject(pass.cache_creation)?.ephemeral_1h_input_tokens);
  const inputTokens = sum(passes, pass => pass.input_tokens) + cacheRead + cacheWrite;
  const outputTokens = sum(passes, pass => pass.output_tokens);
  return {
    ...(uncached === undefined ? {} : { inputTokens }),
    ...(hasCacheRead ? { cachedInputTokens: cacheRead } : {}),
    ...(hasCacheWrite
      ? { cacheWriteTokens: cacheWrite, cacheWriteLongTokens: Math.min(cacheWriteLong, cacheWrite) }
      : {}),
    ...(output === undefined ? {} : { outputTokens }),
    ...(reasoning === undefined ? {} : { reasoningTokens: Math.min(reasoning, outputTokens) }),
  };
}

function sum(passes: readonly JsonObject[], read: (pass: JsonObject) => unknown): number {
  return passes.reduce((total, pass) => total + (asTokenCount(read(pass)) ?? 0), 0);
}
