import { describe, expect, test } from 'vitest';
import type { PolicySource } from '../../src/gateway/core.ts';
import type { PolicyContribution, PolicyMode, PolicyRules } from '../../src/model/policy.ts';
import { region } from '../../src/policy/rules/region.ts';
import { retention } from '../../src/policy/rules/retention.ts';
import { start } from '../support/called-provider.ts';
import {
  booked,
  embedded,
  endOf,
  eventsOf,
  type GateProvider,
  model,
  openGate,
  principal,
  request,
} from '../support/open-gate.ts';
import { answerWith, failWith } from '../support/openai-bytes.ts';

function policy(revision: number, rules: PolicyRules, mode: PolicyMode = 'ENFORCE'): PolicyContribution {
  return { policy: { policyId: 'house', revision }, mode, rules };
}

const inEurope = { region: { allow: ['eu'] } } satisfies PolicyRules;
const anywhere = { region: { allow: ['eu', 'us'] } } satisfies PolicyRules;

/** One in Europe, which is cheaper and so asked first, and one in America. */
async function twoRegions(european: Parameters<typeof start>[0]) {
  const dublin = await start(european);
  const virginia = await start(exchange => answerWith(exchange, 'from America'));
  const providers: readonly GateProvider[] = [
    { id: 'dublin', url: dublin.url, region: 'eu-west-1', models: [model('acme/one', '1')] },
    { id: 'virginia', url: virginia.url, region: 'us-east-1', models: [model('acme/one', '2')] },
  ];
  return { dublin, virginia, providers };
}

describe('a policy that changes between two attempts', () => {
  async function failOver(isChanged: boolean) {
    let inForce = policy(1, anywhere);
    const regions = await twoRegions(async exchange => {
      if (isChanged) inForce = policy(2, inEurope);
      await failWith(exchange, 404);
    });
    const opened = await openGate({
      providers: regions.providers,
      policies: { contributionsFor: () => [inForce] },
    });
    const run = opened.gate.run(principal(), request(), embedded);
    return { ...regions, end: await endOf(run), completion: await booked(opened, run.id) };
  }

  test('binds the second attempt, though the revision that the request began with allowed it', async () => {
    const { dublin, virginia, end, completion } = await failOver(true);
    expect(end).toMatchObject({ type: 'failed', error: { code: 'NO_ELIGIBLE_ENDPOINT' } });
    expect(dublin.requests).toHaveLength(1);
    expect(virginia.connections).toBe(0);
    expect(completion).toMatchObject({ status: 'FAILED', attempts: [{ endpointId: 'acme/one@dublin' }] });
  });

  test('control: unchanged, the second attempt answers', async () => {
    const { virginia, end } = await failOver(false);
    expect(end).toMatchObject({ type: 'finished', completion: { endpointId: 'acme/one@virginia' } });
    expect(virginia.requests).toHaveLength(1);
  });

  test('lifts nothing from a request that began under a stricter one', async () => {
    let inForce = policy(1, inEurope);
    const { virginia, providers } = await twoRegions(async exchange => {
      inForce = policy(2, anywhere);
      await failWith(exchange, 404);
    });
    const { gate } = await openGate({ providers, policies: { contributionsFor: () => [inForce] } });
    expect(await endOf(gate.run(principal(), request(), embedded))).toMatchObject({ type: 'failed' });
    expect(virginia.connections).toBe(0);
  });
});

describe('a rule set in code', () => {
  const callers = [principal(), principal({ projectId: 'rival' }), principal({ roles: [{ role: 'ADMIN' }] })] as const;

  test.each(callers)('binds everybody: %#', async caller => {
    const { virginia, providers } = await twoRegions(exchange => answerWith(exchange, 'from Europe'));
    const { gate } = await openGate({ providers, rules: [region({ allow: ['us'] }), retention()] });
    const end = await endOf(gate.run(caller, request({ model: 'acme/one@dublin' }), embedded));
    expect(end).toMatchObject({ type: 'failed', error: { code: 'NO_ELIGIBLE_ENDPOINT' } });
    expect(virginia.connections).toBe(0);
    expect(await endOf(gate.run(caller, request(), embedded))).toMatchObject({ type: 'finished' });
    expect(virginia.requests).toHaveLength(1);
  });

  test('that is added by `with` binds that handle alone', async () => {
    const { dublin, virginia, providers } = await twoRegions(exchange => answerWith(exchange, 'from Europe'));
    const { gate } = await openGate({ providers });
    const narrowed = gate.with(region({ allow: ['us'] }));
    expect(await endOf(gate.run(principal(), request(), embedded))).toMatchObject({
      completion: { endpointId: 'acme/one@dublin' },
    });
    expect(virginia.connections).toBe(0);
    expect(await endOf(narrowed.run(principal(), request(), embedded))).toMatchObject({
      completion: { endpointId: 'acme/one@virginia' },
    });
    expect([dublin.requests.length, virginia.requests.length]).toEqual([1, 1]);
  });

  test('is added to those that the handle has, never in their place', async () => {
    const { dublin, virginia, providers } = await twoRegions(exchange => answerWith(exchange, 'from Europe'));
    const { gate } = await openGate({ providers, rules: [region({ allow: ['eu'] }), retention()] });
    const run = gate.with(region({ allow: ['us'] })).run(principal(), request(), embedded);
    expect(await endOf(run)).toMatchObject({ type: 'failed', error: { code: 'NO_ELIGIBLE_ENDPOINT' } });
    expect(dublin.connections + virginia.connections).toBe(0);
  });
});

describe('a rule kind in force without its enforcer', () => {
  const models = { models: { allow: ['acme/*'] } } satisfies PolicyRules;
  const source = (mode: PolicyMode): PolicySource => ({ contributionsFor: () => [policy(1, models, mode)] });

  test('refuses every request, and no provider is contacted', async () => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], policies: source('ENFORCE') });
    const run = opened.gate.run(principal(), request(), embedded);
    expect(await endOf(run)).toMatchObject({
      type: 'failed',
      error: { code: 'POLICY_NOT_ENFORCEABLE', retryable: false },
    });
    expect(provider.connections).toBe(0);
    expect(await booked(opened, run.id)).toMatchObject({ status: 'REFUSED', attempts: [] });
    expect(opened.gate.effectivePolicy(principal()).unenforceable).toEqual(['MODELS']);
  });

  test('that comes into force between two attempts refuses the second', async () => {
    let mode: PolicyMode = 'DISABLED';
    const { virginia, providers } = await twoRegions(async exchange => {
      mode = 'ENFORCE';
      await failWith(exchange, 404);
    });
    const { gate } = await openGate({ providers, policies: { contributionsFor: () => [policy(1, models, mode)] } });
    expect(await endOf(gate.run(principal(), request(), embedded))).toMatchObject({
      error: { code: 'POLICY_NOT_ENFORCEABLE' },
    });
    expect(virginia.connections).toBe(0);
  });

  test.each(['MONITOR', 'DISABLED'] as const)('control: under %s it refuses nothing', async mode => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const { gate } = await openGate({ providers: [{ id: 'acme', url: provider.url }], policies: source(mode) });
    expect(await endOf(gate.run(principal(), request(), embedded))).toMatchObject({ type: 'finished' });
  });
});

describe('a policy in MONITOR mode', () => {
  const monitored: PolicySource = { contributionsFor: () => [policy(7, { region: { allow: ['us'] } }, 'MONITOR')] };

  test('lets pass, and records what it would have excluded', async () => {
    const { dublin, providers } = await twoRegions(exchange => answerWith(exchange, 'from Europe'));
    const { gate } = await openGate({ providers, policies: monitored });
    const [accepted] = await eventsOf(gate.run(principal(), request(), embedded));
    const route = accepted?.type === 'accepted' ? accepted.route : undefined;
    const exclusion = { code: 'REGION', enforced: false, policy: { policyId: 'house', revision: 7 } };
    expect(route?.candidates).toMatchObject([
      { endpoint: { id: 'acme/one@dublin' }, status: 'SELECTED', exclusions: [exclusion] },
      { endpoint: { id: 'acme/one@virginia' }, exclusions: [] },
    ]);
    expect(dublin.requests).toHaveLength(1);
  });

  test('control: enforced, it excludes', async () => {
    const { dublin, providers } = await twoRegions(exchange => answerWith(exchange, 'from Europe'));
    const enforced: PolicySource = { contributionsFor: () => [policy(7, { region: { allow: ['us'] } })] };
    const { gate } = await openGate({ providers, policies: enforced });
    const end = await endOf(gate.run(principal(), request(), embedded));
    expect(end.completion.endpointId).toBe('acme/one@virginia');
    expect(dublin.connections).toBe(0);
  });
});

test("the caller's own demands hold for every attempt, fallbacks included", async () => {
  const { virginia, providers } = await twoRegions(exchange => failWith(exchange, 404));
  const { gate } = await openGate({ providers });
  const asked = request({ model: 'acme/one', fallbackModels: ['acme/one@virginia'], routing: { regions: ['eu'] } });
  expect(await endOf(gate.run(principal(), asked, embedded))).toMatchObject({ type: 'failed' });
  expect(virginia.connections).toBe(0);
});
