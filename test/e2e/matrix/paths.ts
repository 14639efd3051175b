import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { createSchema, createYoga } from 'graphql-yoga';
import OpenAI from 'openai';
import WebSocket from 'ws';
import {
  type CompleteInput,
  type EmbeddedGateway,
  type GovernanceContext,
  type GovernancePlugin,
  useBudgets,
  useIdentity,
  useLimits,
  useModelAccess,
  useRateLimits,
  useRedaction,
  useRegion,
  useRetention,
} from '../../../plugins/index.ts';
import { complete as completeCommand } from '../../../src/cli/complete.ts';
import { connect } from '../../../src/cli/connect.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { loadConfig } from '../../../src/config.ts';
import { createGateway } from '../../../src/create-gateway.ts';
import { noPolicies } from '../../../src/gateway/core.ts';
import type { PolicyRules, RuleKind } from '../../../src/model/policy.ts';
import { adminKey } from '../../support/test-server.ts';
import type { WorldServer } from './world.ts';

/** What is asked, whichever way. */
export interface Question {
  readonly model: string;
  readonly fallbackModels?: readonly string[];
  readonly sessionId?: string;
  readonly text: string;
  /** An image beside the text, which no detector can read. */
  readonly imageUrl?: string;
  readonly maxOutputTokens: number | undefined;
}

/** One way to ask. Resolves to all that the caller is shown. */
export interface AskingPath {
  readonly name: string;
  /** What this path asks for, so that without a policy the forbidden endpoint serves it. */
  readonly asks: Partial<Question>;
  /** All questions of one cell are of one session, which is warm at the forbidden endpoint when the policy is written. */
  readonly hasSession?: true;
  readonly canSendImages: boolean;
  ask(server: WorldServer, question: Question): Promise<string>;
}

export const serverPaths: readonly AskingPath[] = [
  { name: 'mutation', asks: {}, canSendImages: true, ask: mutation },
  { name: 'SSE subscription', asks: {}, canSendImages: true, ask: eventStream },
  { name: 'WebSocket subscription', asks: {}, canSendImages: true, ask: webSocket },
  {
    name: 'OpenAI API',
    asks: { model: 'acme/forbidden' },
    canSendImages: true,
    ask: (server, question) => openai(server, question, false),
  },
  {
    name: 'OpenAI stream',
    asks: { model: 'acme/forbidden' },
    canSendImages: true,
    ask: (server, question) => openai(server, question, true),
  },
  {
    name: 'fallback model',
    asks: { model: 'acme/down', fallbackModels: ['acme/forbidden'] },
    canSendImages: true,
    ask: mutation,
  },
  { name: 'failover attempt', asks: { model: 'acme/shaky' }, canSendImages: true, ask: eventStream },
  { name: 'handoff', asks: { model: 'acme/breaking' }, canSendImages: true, ask: eventStream },
  { name: 'alias', asks: { model: 'usual' }, canSendImages: true, ask: mutation },
  { name: 'auto', asks: { model: 'auto' }, canSendImages: true, ask: mutation },
  {
    name: 'session affinity',
    asks: { model: 'acme/one' },
    hasSession: true,
    canSendImages: true,
    ask: mutation,
  },
  { name: 'command line', asks: { model: 'acme/forbidden' }, canSendImages: false, ask: commandLine },
];

const shown = '{ status text partialText error { code message excludedBy { code } } endpoint { id } }';
const events = `{ __typename
  ... on TextDelta { text }
  ... on CompletionFinished { completion ${shown} }
  ... on CompletionFailed { seq error { code } completion ${shown} }
  ... on CompletionIncomplete { completion ${shown} } }`;

/** The variables of a completion over GraphQL. */
export function inputOf({ model, fallbackModels, sessionId, text, imageUrl, maxOutputTokens }: Question) {
  const parts = imageUrl === undefined ? undefined : [{ text }, { image: { url: imageUrl } }];
  return {
    model,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    routing: { optimize: 'COST' },
    messages: [parts === undefined ? { role: 'USER', text } : { role: 'USER', parts }],
    ...(fallbackModels === undefined ? {} : { fallbackModels }),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}

async function mutation(server: WorldServer, question: Question): Promise<string> {
  const query = `mutation ($input: CompleteInput!) { complete(input: $input) ${shown} }`;
  return JSON.stringify(await server.graphql(query, { input: inputOf(question) }));
}

async function eventStream(server: WorldServer, question: Question): Promise<string> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({
      query: `subscription ($input: CompleteInput!) { complete(input: $input) ${events} }`,
      variables: { input: inputOf(question) },
    }),
  });
  return await response.text();
}

async function webSocket(server: WorldServer, question: Question): Promise<string> {
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { apiKey: adminKey },
    retryAttempts: 0,
  });
  try {
    const query = `subscription ($input: CompleteInput!) { complete(input: $input) ${events} }`;
    const results: unknown[] = [];
    for await (const result of client.iterate({ query, variables: { input: inputOf(question) } })) results.push(result);
    return JSON.stringify(results);
  } finally {
    await client.dispose();
  }
}

async function openai(server: WorldServer, question: Question, stream: boolean): Promise<string> {
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: adminKey, maxRetries: 0 });
  const { model, text, imageUrl, maxOutputTokens } = question;
  const content =
    imageUrl === undefined
      ? text
      : [
          { type: 'text' as const, text },
          { type: 'image_url' as const, image_url: { url: imageUrl } },
        ];
  const body = {
    model,
    messages: [{ role: 'user' as const, content }],
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
    provider: { sort: 'price' },
  };
  try {
    if (!stream) return JSON.stringify(await client.chat.completions.create({ ...body, stream: false }));
    const chunks: unknown[] = [];
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) chunks.push(chunk);
    return JSON.stringify(chunks);
  } catch (fault) {
    if (!(fault instanceof OpenAI.APIError)) throw fault;
    return JSON.stringify({ status: fault.status, error: fault.error, message: fault.message });
  }
}

async function commandLine(server: WorldServer, { model, text, maxOutputTokens }: Question): Promise<string> {
  let out = '';
  const write = (written: string) => {
    out += written;
  };
  const terminal: Terminal = {
    out: write,
    error: write,
    isInteractive: false,
    interrupted: new AbortController().signal,
    readInput: async () => '',
  };
  const limit = maxOutputTokens === undefined ? [] : ['--max-tokens', String(maxOutputTokens)];
  const argv = ['--model', model, ...limit, text];
  try {
    await completeCommand(argv, terminal, () => connect(server.config));
  } catch (fault) {
    out += fault instanceof Error ? fault.message : String(fault);
  }
  return out;
}

/**
 * Asks from the resolver of a server with a schema of its own and nothing but plugins: there is no policy store.
 *
 * @param rules What the plugin of this kind demands; absent: the plugin is not there.
 */
export async function embeddedPath(
  yaml: string,
  kind: RuleKind,
  rules: PolicyRules | undefined,
  question: Question,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-matrix-'));
  await writeFile(join(folder, 'tollgate.yaml'), yaml);
  const env = { TOLLGATE_ADMIN_KEY: adminKey, TOLLGATE_STATE_DIR: join(folder, 'state') };
  const gateway = await createGateway({ config: loadConfig({ env, cwd: folder }), rules: [], policies: noPolicies });
  const schema = createSchema<GovernanceContext>({
    typeDefs: 'type Query { ask: String }',
    resolvers: {
      Query: {
        async ask(_: unknown, __: unknown, { governance }: GovernanceContext) {
          const { status, answer, error } = await governance.complete(inputOf(question) as CompleteInput);
          return JSON.stringify({ status, answer, code: error?.code });
        },
      },
    },
  });
  const plugin = rules === undefined ? useIdentity({ gateway }) : pluginFor(kind, rules, gateway);
  const yoga = createYoga({ schema, plugins: [plugin], logging: false });
  try {
    const response = await yoga.fetch('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ query: '{ ask }' }),
    });
    return await response.text();
  } finally {
    await gateway.close();
    await rm(folder, { recursive: true });
  }
}

function pluginFor(kind: RuleKind, rules: PolicyRules, gateway: EmbeddedGateway): GovernancePlugin {
  if (kind === 'REGION') return useRegion({ gateway, ...rules.region });
  if (kind === 'RETENTION') return useRetention({ gateway, ...rules.retention });
  if (kind === 'MODELS') return useModelAccess({ gateway, ...rules.models });
  if (kind === 'LIMITS') return useLimits({ gateway, ...rules.limits });
  if (kind === 'BUDGETS') return useBudgets({ gateway, budgets: rules.budgets ?? [] });
  if (kind === 'RATE_LIMITS') return useRateLimits({ gateway, rateLimits: rules.rateLimits ?? [] });
  return useRedaction({ gateway, rules: rules.content ?? [] });
}
