import type { ConfiguredProvider as CatalogProvider } from '../src/catalog/configured-provider.ts';
import { createCatalog } from '../src/catalog/create-catalog.ts';
import { defaultRules } from '../src/create-gateway.ts';
import type { ConfiguredProvider, GatewayParts } from '../src/gateway/core.ts';
import { planRequest } from '../src/gateway/plan-request.ts';
import type { CompletionRequest } from '../src/model/completion-request.ts';
import type { PolicyContribution, PolicyRules } from '../src/model/policy.ts';
import type { Principal } from '../src/model/principal.ts';
import { createCredentialPool } from '../src/routing/credential-pool.ts';
import { memoryHealthStore } from '../src/stores/memory/health-store.ts';
import { memorySessionStore } from '../src/stores/memory/session-store.ts';
import { systemClock } from '../src/system-clock.ts';

/**
 * Times how long deciding and planning take for one request: `auto` over 500 configured endpoints under 50 policies, as a
 * server does it that has seen the caller before. Prints p50 and p99 of the last half of the runs.
 */
const endpoints = 500;
const policies = 50;
const runs = 20_000;

const regions = ['eu-west-1', 'us-east-1', 'de', 'eu-central-1', undefined] as const;
const providers = Array.from({ length: endpoints / 10 }, (_, place): CatalogProvider => {
  const region = regions[place % regions.length];
  return {
    id: `provider-${place}`,
    vendor: `vendor-${place % 9}`,
    protocol: 'openai',
    dataPolicy: { retention: place % 3 === 0 ? 'NONE' : 'LIMITED', retentionDays: 30, training: false },
    ...(region === undefined ? {} : { region }),
    models: Array.from({ length: 10 }, (_unused, number) => ({
      id: `m${number}`,
      as: `author-${place % 7}/m${number}-${place}`,
      contextTokens: 100_000,
      capabilities: ['TOOLS', 'STREAMING'] as const,
      price: { input: String(1 + ((place * 7 + number) % 13)), output: '5' },
    })),
  };
});

/** In turn: regions, retention, models and limits. */
function rulesOf(place: number): PolicyRules {
  switch (place % 4) {
    case 0:
      return { region: { allow: ['eu', 'us'] } };
    case 1:
      return { retention: { provider: 'LIMITED', maxRetentionDays: 90 } };
    case 2:
      return { models: { deny: [`author-${place % 9}/x*`, 'other/*'], denyProviders: [`other-${place}`] } };
    default:
      return { limits: { maxInputTokens: 50_000, maxOutputTokens: 4_000, maxCost: 10_000_000_000n } };
  }
}

const contributions = Array.from({ length: policies }, (_, place): PolicyContribution => {
  return { mode: 'ENFORCE', policy: { policyId: `policy-${place}`, revision: 1 }, rules: rulesOf(place) };
});

const catalog = createCatalog([], { today: new Date().toISOString().slice(0, 10), providers });
const credentials = createCredentialPool([{ name: '1', use: {} }]);
const shared = { credentials, hasCredential: true, protocolLacks: [], isSandbox: false };
const called = new Map(providers.map(({ id }) => [id, shared as unknown as ConfiguredProvider] as const));
const configured = { catalog, providers: called, lease: () => () => {} };
const parts = {
  configured: () => configured,
  rules: defaultRules(),
  policies: { contributionsFor: () => contributions },
  health: memoryHealthStore(),
  sessions: memorySessionStore(),
  clock: systemClock,
} as unknown as GatewayParts;
const principal: Principal = { tenantId: 't', projectId: 't', projectPath: ['t'], roles: [] };
const request: CompletionRequest = {
  model: 'auto',
  fallbackModels: [],
  workload: 'default',
  labels: [],
  deadlineMs: 1_000,
  stream: true,
  routing: {
    optimize: 'BALANCED',
    order: [],
    ignore: [],
    allowFallbacks: true,
    requireParameters: false,
    zeroDataRetention: false,
    denyTraining: false,
    handoff: 'TERMINATE',
  },
  prompt: {
    messages: [{ role: 'USER', parts: [{ type: 'text', text: 'Hello there', cacheUpToHere: false }], toolCalls: [] }],
    tools: [],
    responseFormat: { type: 'TEXT' },
    maxOutputTokens: 64,
    stop: [],
    providerOptions: {},
  },
};

const times: number[] = [];
for (let run = 0; run < runs; run += 1) {
  const startedMs = performance.now();
  const { attempts } = planRequest(parts, principal, request, `seed ${run}`);
  times.push((performance.now() - startedMs) * 1_000);
  if (attempts.length === 0) throw new Error('no endpoint was left');
}
const late = times.slice(runs / 2).sort((left, right) => left - right);
const at = (share: number) => late[Math.floor(late.length * share)] ?? Number.NaN;
console.log(`deciding and planning, ${endpoints} endpoints, ${policies} policies, ${late.length} runs:`);
console.log(`p50 ${at(0.5).toFixed(0)} µs, p99 ${at(0.99).toFixed(0)} µs (goals: 100 and 300)`);
