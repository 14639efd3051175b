import type { PolicySource } from '../../../src/gateway/core.ts';
import type { CompletionRun } from '../../../src/gateway/gateway.ts';
import type { Capability } from '../../../src/model/catalog.ts';
import type { CompletionEvent } from '../../../src/model/completion.ts';
import type { PolicyContribution, PolicyRules } from '../../../src/model/policy.ts';
import { type GoldenOptions, sayGolden } from '../../support/golden-provider.ts';
import { closeAfterTest, type OpenedGate, type OpenGateOptions, openGate } from '../../support/open-gate.ts';
import { type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider.ts';

export interface WorldProvider {
  readonly script: RawScript;
  /** Whether its model goes on from a prefix. Default true. */
  readonly takesPrefix?: boolean;
  readonly region?: string;
  readonly idleMs?: number;
}

export interface HandoffWorld extends OpenedGate {
  readonly providers: readonly RawProvider[];
}

const names = ['first', 'second', 'third'] as const;

/** A gate before providers of `acme/one`, each dearer than the one before, and so tried in this order under COST. */
export async function openWorld(
  providers: readonly WorldProvider[],
  options: Partial<Omit<OpenGateOptions, 'providers'>> = {},
): Promise<HandoffWorld> {
  const started = await Promise.all(providers.map(({ script }) => startRawProvider(script)));
  for (const provider of started) closeAfterTest(provider.close);
  const opened = await openGate({
    ...options,
    providers: providers.map(({ takesPrefix = true, region, idleMs = 5_000 }, index) => {
      const capabilities: readonly Capability[] = ['TOOLS', 'STREAMING', ...(takesPrefix ? (['PREFIX'] as const) : [])];
      const price = { input: String(index + 1), output: String(index + 1) };
      return {
        id: names[index] ?? 'more',
        url: started[index]?.url ?? '',
        models: [{ id: 'one', as: 'acme/one', contextTokens: 8_000, capabilities, price }],
        limits: { idleMs, firstEventMs: Math.min(idleMs * 2, 5_000) },
        ...(region === undefined ? {} : { region }),
      };
    }),
  });
  return {
    ...opened,
    providers: started,
    get leases() {
      return opened.leases;
    },
  };
}

/** A provider that says the golden text, as `sayGolden` has it. */
export function golden(options: GoldenOptions, more: Omit<WorldProvider, 'script'> = {}): WorldProvider {
  return { script: sayGolden(options), ...more };
}

/** What a subscriber holds in the end that follows the events, and takes back what a handoff declares void. */
export function rebuilt(events: readonly CompletionEvent[]): string {
  let texts: { readonly seq: number; readonly text: string }[] = [];
  for (const event of events) {
    if (event.type === 'text') texts.push(event);
    if (event.type === 'handoff') texts = texts.filter(({ seq }) => seq <= event.keepThroughSeq);
  }
  return texts.map(({ text }) => text).join('');
}

/** Policies that a test sets while requests run. */
export function changingPolicies(initial: PolicyRules = {}) {
  let current: readonly PolicyContribution[] = [];
  let revision = 0;
  const listeners = new Set<() => void>();
  function set(rules: PolicyRules): void {
    revision += 1;
    current = [{ policy: { policyId: 'house', revision }, ownerId: 'bank', mode: 'ENFORCE', rules }];
    for (const listener of listeners) listener();
  }
  set(initial);
  const source: PolicySource = {
    contributionsFor: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return { set, source };
}

/** The text of the events so far. */
export function textOf(events: readonly CompletionEvent[]): string {
  return events.flatMap(event => (event.type === 'text' ? [event.text] : [])).join('');
}

/** Reads a run until its text holds this; what follows is collected as it comes. */
export async function readUntil(run: CompletionRun, text: string): Promise<CompletionEvent[]> {
  const events: CompletionEvent[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  run.events.pipe({
    write(batch) {
      events.push(...batch);
      if (textOf(events).includes(text)) resolve();
      return true;
    },
    end: resolve,
  });
  await promise;
  return events;
}
