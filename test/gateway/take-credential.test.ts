import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttemptEnd } from '../../src/gateway/attempt.ts';
import { completionError } from '../../src/gateway/failure.ts';
import { neverCalled } from '../../src/gateway/outcome.ts';
import { providerWith } from '../../src/gateway/provider-credentials.ts';
import { type HeldCredential, type TakeOptions, takeCredential } from '../../src/gateway/take-credential.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { FailureKind, ProviderAdapter } from '../../src/providers/provider.ts';
import { memoryHealthStore } from '../../src/stores/memory/health-store.ts';
import { candidate } from '../support/candidates.ts';
import { manualClock } from '../support/manual-clock.ts';

const { endpoint } = candidate('acme-eu');
const limits = { firstEventMs: 1, idleMs: 1, unaryMs: 1, reasoningMs: 1 };
const nobody: ReadonlySet<string> = new Set();

function adapter(hasCredential = true): ProviderAdapter {
  return {
    providerId: 'acme-eu',
    protocol: 'openai',
    hasCredential,
    unsupportedParameters: [],
    call() {
      throw new Error('nobody is called here');
    },
    close: () => Promise.resolve(),
  };
}

function ended(
  kind?: FailureKind,
  more: { readonly status?: number; readonly retryAfterMs?: number; readonly providerCode?: string } = {},
): AttemptEnd {
  const { failure: _, ...end } = neverCalled(completionError('CANCELLED', ''));
  if (kind === undefined) return { ...end, wasSent: true, wasAccepted: true };
  return { ...end, wasSent: true, failure: { kind, detail: 'for the test', ...more } };
}

/** One provider with two keys, and what is known of it. */
function setting(names: readonly string[] = ['blue', 'green']) {
  const clock = manualClock();
  const health = memoryHealthStore();
  const alerts: Alert[] = [];
  const observers = [{ opened: () => undefined, alerted: (alert: Alert) => void alerts.push(alert) }];
  const provider = providerWith(
    names.map(name => ({ name, use: adapter() })),
    { limits, isSandbox: false },
  );
  const take = (options: Partial<TakeOptions> = {}) =>
    takeCredential({ clock, health, observers }, endpoint, provider, { rejected: nobody, ...options });
  function held(options: Partial<TakeOptions> = {}): HeldCredential {
    const taken = take(options);
    if ('reason' in taken) throw new Error(`none is to be used: ${taken.reason}`);
    return taken;
  }
  function fail(times: number, name: string): void {
    const at = clock.monotonicMs();
    for (let count = 0; count < times; count++) {
      health.record({ endpointId: endpoint.id, credential: name, at, isGood: false });
    }
  }
  return { clock, health, alerts, provider, take, held, fail };
}

describe('the credential of an attempt', () => {
  test('is the one that is free, and the one whose turn it is', () => {
    const { held } = setting();
    const first = held();
    expect([first.name, held().name]).toEqual(['blue', 'green']);
    first.ended(ended(), {});
    expect(held().name).toBe('blue');
  });

  test('is not one that cools down: that is no fault of health, and ends when the provider said', () => {
    const { held, take, clock, health } = setting();
    held().ended(ended('rate-limited', { retryAfterMs: 20_000 }), {});
    for (let count = 0; count < 3; count++) {
      const other = held();
      expect(other.name).toBe('green');
      other.ended(ended(), {});
    }
    expect(health.health(endpoint.id, ['blue'], clock.monotonicMs()).uptime).toBe(1);
    held().ended(ended('rate-limited', { retryAfterMs: 60_000 }), {});
    expect(take()).toEqual({ reason: 'COOLING' });
    expect(take({ isLastResort: true })).toEqual({ reason: 'COOLING' });
    clock.advance(20_000);
    expect(held().name).toBe('blue');
  });

  test('is not one whose circuit breaker is open, but for one probe at a time', () => {
    const { held, fail, clock } = setting();
    fail(5, 'blue');
    expect([held().name, held().name]).toEqual(['green', 'green']);
    clock.advance(30_000);
    const probe = held();
    expect(probe.name).toBe('blue');
    expect(held().name).toBe('green');
    probe.ended(ended(), {});
    expect(held().name).toBe('blue');
  });

  test('is given back in whatever way the call ends, so that the next probe can begin', () => {
    const { held, take, fail, clock } = setting(['only']);
    fail(5, 'only');
    clock.advance(30_000);
    const uncalled = held();
    expect(take()).toEqual({ reason: 'HELD_BACK' });
    uncalled.release();
    const cancelled = held();
    cancelled.ended(ended('cancelled'), {});
    cancelled.release();
    const refused = held();
    refused.ended(ended('bad-request'), {});
    expect(held().name).toBe('only');
  });

  test('is one that has begun to answer: nobody waits for the end of its stream', () => {
    const { held, fail, clock } = setting(['only']);
    fail(5, 'only');
    clock.advance(30_000);
    held().answered();
    expect(held().name).toBe('only');
  });

  test.each<[string, FailureKind]>([
    ['requests at fault', 'bad-request'],
    ['refusals', 'content-filter'],
    ['leaving callers', 'cancelled'],
    ['deadlines', 'deadline'],
    ['rate limits', 'rate-limited'],
    ['rejected credentials', 'credentials'],
  ])('is not held back by %s', (_, kind) => {
    const { held, health, clock } = setting(['only']);
    for (let count = 0; count < 20; count++) {
      held({ isLastResort: true }).ended(ended(kind), {});
      clock.advance(120_000);
    }
    expect(health.health(endpoint.id, ['only'], clock.monotonicMs()).state).toBe('UNKNOWN');
  });

  test('control: it is held back by faults', () => {
    const { held, take } = setting(['only']);
    for (let count = 0; count < 5; count++) held().ended(ended('server'), {});
    expect(take()).toEqual({ reason: 'HELD_BACK' });
  });

  test.each([401, 402, undefined])('is not one that was rejected with %s, at any model of the provider', status => {
    const { held, provider, alerts } = setting();
    held().ended(ended('credentials', status === undefined ? {} : { status }), {});
    expect([held().name, held().name]).toEqual(['green', 'green']);
    expect(provider.credentials.isResting('blue', 'other@acme-eu', 0)).toBe(true);
    expect(alerts).toMatchObject([
      {
        type: 'credential.rejected',
        providerId: 'acme-eu',
        credential: 'blue',
        ...(status === undefined ? {} : { status }),
      },
    ]);
    expect(alerts[0]).not.toHaveProperty('endpointId');
  });

  test('is not one that may not use this model, though others of the provider', () => {
    const { held, provider, alerts } = setting();
    held().ended(ended('credentials', { status: 403, providerCode: 'permission_denied' }), {});
    expect(held().name).toBe('green');
    expect(provider.credentials.isResting('blue', 'other@acme-eu', 0)).toBe(false);
    expect(alerts).toMatchObject([{ status: 403, endpointId: endpoint.id }]);
  });

  test('is none where this run has seen all of them rejected, even as a last resort', () => {
    const { take } = setting();
    expect(take({ rejected: new Set(['blue', 'green']), isLastResort: true })).toEqual({ reason: 'REJECTED' });
  });

  test('never ejects the last: what is open or was rejected in other runs is taken as a last resort', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('nothing', 'open', 'rejected'), { minLength: 1, maxLength: 5 }),
        fc.nat(100_000),
        (states, afterMs) => {
          const { take, fail, provider, clock } = setting(states.map((_, index) => `key-${index}`));
          for (const [index, state] of states.entries()) {
            if (state === 'open') fail(5, `key-${index}`);
            if (state === 'rejected') provider.credentials.rejected({ name: `key-${index}`, startedAt: 0, at: 0 });
          }
          clock.advance(afterMs);
          expect(take({ isLastResort: true })).not.toHaveProperty('reason');
        },
      ),
    );
  });

  test('control: without that, nobody is called', () => {
    const { take, fail } = setting();
    fail(5, 'blue');
    fail(5, 'green');
    expect(take()).toEqual({ reason: 'HELD_BACK' });
  });
});
