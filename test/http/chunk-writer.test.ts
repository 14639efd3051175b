import { describe, expect, test } from 'vitest';
import { createChunkWriter } from '../../src/http/openai-api/chunk-writer.ts';
import type { Endpoint } from '../../src/model/catalog.ts';
import type { CompletionEvent } from '../../src/model/completion.ts';
import { noUsage } from '../../src/model/usage.ts';

const completionId = '01980000-0000-7000-8000-000000000000';
const endpoint = (providerId: string): Endpoint => ({
  id: `acme/one@${providerId}`,
  providerId,
  modelId: 'acme/one',
  wireModel: 'one',
  contextTokens: 8_000,
  capabilities: [],
  inputModalities: ['TEXT'],
  unsupportedParameters: [],
  deprecated: false,
});

const started: CompletionEvent = { type: 'started', completionId, seq: 1, endpoint: endpoint('a') };
const text = (seq: number, said: string): CompletionEvent => ({ type: 'text', completionId, seq, text: said });
const handoff = (seq: number, mode: 'RESTART' | 'CONTINUE', keepThroughSeq: number): CompletionEvent => {
  return {
    type: 'handoff',
    completionId,
    seq,
    from: endpoint('a'),
    to: endpoint('b'),
    reason: 'CUT',
    mode,
    keepThroughSeq,
  };
};
const finished: CompletionEvent = {
  type: 'finished',
  completionId,
  seq: 9,
  completion: {
    id: completionId,
    tenantId: 't',
    projectId: 'p',
    status: 'FINISHED',
    usage: noUsage,
    attempts: [],
    redactions: [],
    createdAt: 0,
    workload: 'default',
    labels: [],
    finishReason: 'STOP',
  },
};

const writer = () =>
  createChunkWriter({
    includesUsage: false,
    answererOf: ({ modelId, providerId }) => ({ modelId, providerName: providerId }),
  });

describe('a stream of chunks whose text is void after a handoff', () => {
  test.each([
    ['all of it', handoff(3, 'RESTART', 0)],
    ['a part of it', handoff(3, 'CONTINUE', 1)],
  ])('ends with an error, and writes nothing any more: %s', (_, event) => {
    const chunks = writer();
    expect(chunks.write([started, text(2, 'void')])).toContain('void');
    const told = chunks.write([event, text(4, 'other')]);
    expect(JSON.parse(told.slice('data: '.length))).toMatchObject({ error: { metadata: { code: 'STREAM_CUT' } } });
    expect(chunks.isOver).toBe(true);
    expect(chunks.write([text(5, 'more'), finished])).toBe('');
  });

  test('goes on where what is void has not been written: only what stands is', () => {
    const chunks = writer();
    const told = chunks.write([started, text(2, 'void'), handoff(3, 'RESTART', 0), text(4, 'other'), finished]);
    expect(told).not.toContain('void');
    expect(told).toContain('other');
    expect(told).toContain('"provider":"b"');
    expect(told.match(/"role":"assistant"/g)).toHaveLength(1);
    expect(told).toContain('[DONE]');
  });

  test('control: goes on after a handoff that keeps all', () => {
    const chunks = writer();
    const told = chunks.write([started, text(2, 'kept ')]) + chunks.write([handoff(3, 'CONTINUE', 2), text(4, 'on')]);
    expect(told + chunks.write([finished])).toContain('[DONE]');
    expect(told).toContain('kept ');
    expect(chunks.isOver).toBe(true);
  });
});
