import { describe, expect, test } from 'vitest';
import type { PolicySource } from '../../src/gateway/core.ts';
import type { PolicyContribution, PolicyRules } from '../../src/model/policy.ts';
import type { Principal } from '../../src/model/principal.ts';
import { content } from '../../src/policy/rules/content.ts';
import { limits } from '../../src/policy/rules/limits.ts';
import { modelAccess } from '../../src/policy/rules/models.ts';
import { region } from '../../src/policy/rules/region.ts';
import { retention } from '../../src/policy/rules/retention.ts';
import { closeAfterTest, embedded, endOf, eventsOf, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, chunk, failWith, streamHead } from '../support/openai-bytes.ts';
import { type RawScript, startRawProvider } from '../support/raw-provider.ts';

const rules = [region(), retention(), modelAccess(), content(), limits()];

/** Policies that a test sets while requests run. */
function changingPolicies(initial: PolicyRules = {}) {
  let current: readonly PolicyContribution[] = [];
  let revision = 0;
  const listeners = new Set<() => void>();
  function set(settings: PolicyRules): void {
    revision += 1;
    current = [{ policy: { policyId: 'house', revision }, mode: 'ENFORCE', rules: settings }];
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

async function open(script: RawScript | readonly RawScript[], policies: PolicySource) {
  const provider = await startRawProvider(script);
  closeAfterTest(provider.close);
  const opened = await openGate({
    providers: [{ id: 'acme', url: provider.url, region: 'us-east-1' }],
    rules,
    policies,
  });
  return { ...opened, provider };
}

const by: Principal = principal();

describe('a rule that comes into force while a stream runs', () => {
  test.each([
    [true, 'incomplete', 'NO_ELIGIBLE_ENDPOINT'],
    [false, 'finished', undefined],
  ] as const)('ends it where it cuts streams: %s', async (cutStreams, type, code) => {
    const { set, source } = changingPolicies();
    const go = Promise.withResolvers<void>();
    const { gate, provider } = await open(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Hel' }));
      await Promise.race([go.promise, exchange.hungUp]);
      await exchange.write(`${chunk({ content: 'lo' })}${chunk({}, 'stop')}data: [DONE]\n\n`);
      exchange.end();
    }, source);
    const run = gate.run(by, request(), embedded);
    const end = endOf(run);
    await provider.request(0);
    while ((await gate.completions(by, [run.id]))[0]?.endpointId === undefined)
      await new Promise(resolve => setImmediate(resolve));
    set({ region: { deny: ['us'], cutStreams } });
    go.resolve();
    const last = await end;
    expect(last.type).toBe(type);
    if (code !== undefined) expect(last).toMatchObject({ error: { code }, completion: { status: 'INCOMPLETE' } });
  });

  test('leaves those alone that it does not hit', async () => {
    const { set, source } = changingPolicies();
    const go = Promise.withResolvers<void>();
    const { gate, provider } = await open(async exchange => {
      await go.promise;
      await answerWith(exchange, 'Hello');
    }, source);
    const end = endOf(gate.run(by, request(), embedded));
    await provider.request(0);
    set({ region: { deny: ['eu'], cutStreams: true }, models: { deny: ['other/*'], cutStreams: true } });
    go.resolve();
    expect((await end).type).toBe('finished');
  });
});

describe('content rules', () => {
  const card = '4111 1111 1111 1111';
  const rule = { detect: ['PAYMENT_CARD'], directions: ['INPUT', 'OUTPUT'], onUninspectable: 'BLOCK' } as const;
  const ask = (text: string) =>
    request({
      prompt: { messages: [{ role: 'USER', parts: [{ type: 'text', text, cacheUpToHere: false }], toolCalls: [] }] },
    });

  test('that come into force between two attempts hold for the second', async () => {
    const { set, source } = changingPolicies();
    const { gate, provider } = await open(
      [
        async exchange => {
          set({ content: [{ ...rule, action: 'REDACT' }] });
          await failWith(exchange, 503);
        },
        exchange => answerWith(exchange, `yours is ${card}`),
      ],
      source,
    );
    const second = await startRawProvider(exchange => answerWith(exchange, `yours is ${card}`));
    closeAfterTest(second.close);
    const twice = await openGate({
      providers: [
        { id: 'acme', url: provider.url, region: 'us-east-1' },
        { id: 'beta', url: second.url, region: 'us-east-1' },
      ],
      rules,
      policies: source,
    });
    expect(gate.activeRuns).toBe(0);
    const end = await endOf(twice.gate.run(by, ask(`mine is ${card}`), embedded));
    expect(provider.requests[0]?.body).toContain(card);
    expect(second.requests[0]?.body).toContain('mine is [PAYMENT_CARD]');
    expect(end.completion.answer?.text).toBe('yours is [PAYMENT_CARD]');
    expect(end.completion.redactions).toEqual([
      { kind: 'PAYMENT_CARD', action: 'REDACT', direction: 'INPUT', count: 1, enforced: true },
      { kind: 'PAYMENT_CARD', action: 'REDACT', direction: 'OUTPUT', count: 1, enforced: true },
    ]);
  });

  test('that block a prompt end it with number 0, and nobody is called', async () => {
    const { source } = changingPolicies({ content: [{ ...rule, action: 'BLOCK' }] });
    const { gate, provider } = await open(exchange => answerWith(exchange, 'x'), source);
    const events = await eventsOf(gate.run(by, ask(card), embedded));
    expect(events).toMatchObject([
      { type: 'failed', seq: 0, error: { code: 'CONTENT_BLOCKED' }, completion: { status: 'REFUSED' } },
    ]);
    expect(provider.connections).toBe(0);
    expect(gate.route(by, ask(card)).findings).toMatchObject([{ kind: 'PAYMENT_CARD', action: 'BLOCK', count: 1 }]);
  });

  test('that block an answer midway let out what stands before it, and hang up', async () => {
    const { source } = changingPolicies({ content: [{ ...rule, action: 'BLOCK' }] });
    const { gate, provider } = await open(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Your number is 4111 1111' }));
      await exchange.write(chunk({ content: ' 1111 1111, right?' }));
      await exchange.hungUp;
    }, source);
    const events = await eventsOf(gate.run(by, ask('which?'), embedded));
    const text = events.map(event => (event.type === 'text' ? event.text : '')).join('');
    expect(text).toBe('Your number is ');
    expect(events.at(-1)).toMatchObject({
      type: 'incomplete',
      error: { code: 'CONTENT_BLOCKED' },
      completion: { status: 'INCOMPLETE', answer: { text: 'Your number is ' }, usage: { estimated: true } },
    });
    expect(provider.requests).toHaveLength(1);
  });

  test('that block a whole answer refuse it, and show nothing of it', async () => {
    const { source } = changingPolicies({ content: [{ ...rule, action: 'BLOCK' }] });
    const { gate } = await open(exchange => answerWith(exchange, `It is ${card}`), source);
    const end = await endOf(gate.run(by, { ...ask('which?'), stream: false }, embedded));
    expect(end).toMatchObject({
      type: 'failed',
      error: { code: 'CONTENT_BLOCKED' },
      completion: { status: 'REFUSED', answer: { text: '' } },
    });
    expect(end.completion.usage.inputTokens).toBe(10);
  });

  test('redact the arguments of a tool call inside their JSON', async () => {
    const { source } = changingPolicies({ content: [{ ...rule, action: 'REDACT' }] });
    const call = (fragment: object) => chunk({ tool_calls: [{ index: 0, ...fragment }] });
    const { gate } = await open(async exchange => {
      await exchange.write(
        streamHead + call({ id: 'c1', type: 'function', function: { name: 'pay', arguments: '{"card":"4111 11' } }),
      );
      await exchange.write(
        call({ function: { arguments: '11 1111 1111","n":5555555555554444,"big":12345678901234567890}' } }),
      );
      await exchange.write(`${chunk({}, 'tool_calls')}data: [DONE]\n\n`);
      exchange.end();
    }, source);
    const end = await endOf(gate.run(by, ask('pay'), embedded));
    const [tool] = end.completion.answer?.toolCalls ?? [];
    expect(tool).toEqual({
      id: 'c1',
      name: 'pay',
      arguments: '{"card":"[PAYMENT_CARD]","n":"[PAYMENT_CARD]","big":12345678901234567890}',
    });
  });
});

describe('a limit of output tokens', () => {
  test('is what the provider is told, however many are asked for', async () => {
    const { source } = changingPolicies({ limits: { maxOutputTokens: 20 } });
    const { gate, provider } = await open(exchange => answerWith(exchange, 'x'), source);
    expect((await endOf(gate.run(by, request({ prompt: { maxOutputTokens: 500 } }), embedded))).type).toBe('finished');
    await endOf(gate.run(by, request({ prompt: { maxOutputTokens: 5 } }), embedded));
    const told = provider.requests.map(({ body }) => Number(/"max(?:_completion)?_tokens":(\d+)/.exec(body)?.[1]));
    expect(told).toEqual([20, 5]);
  });
});
