import { describe, expect, test } from 'vitest';
import type { CompletionRun } from '../../src/gateway/gateway.ts';
import { start } from '../support/called-provider.ts';
import { embedded, eventsOf, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith } from '../support/openai-bytes.ts';

describe('a credential', () => {
  test('that is void already runs nothing', async () => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const { gate } = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
    expect(await outcomeOf(() => gate.run(principal({ revoked: AbortSignal.abort() }), request(), embedded))).toBe(
      'UNAUTHENTICATED',
    );
    expect(provider.connections).toBe(0);
  });

  test('control: that is valid runs', async () => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const { gate } = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
    const { signal } = new AbortController();
    expect(await outcomeOf(() => gate.run(principal({ revoked: signal }), request(), embedded))).toBe('finished');
  });
});

/** The code that it was refused with, thrown or told, or the type of its last event. */
async function outcomeOf(begin: () => CompletionRun): Promise<string> {
  try {
    const last = (await eventsOf(begin())).at(-1);
    return last?.type === 'failed' ? last.error.code : (last?.type ?? 'nothing');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'thrown';
  }
}
