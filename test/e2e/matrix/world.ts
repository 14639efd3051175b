import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../../src/config.ts';
import type { Rule } from '../../../src/policy/rule.ts';
import { type RunningServer, startServer } from '../../../src/start-server.ts';
import { answerWith, chunk, failWith, streamHead } from '../../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, type SeenRequest, startRawProvider } from '../../support/raw-provider.ts';
import { adminKey } from '../../support/test-server.ts';

/** A card number that no bank issued, with a valid check digit (the test number of several payment services). */
export const cardNumber = '4111111111111111';
/** What every provider answers with. */
export const answerText = `paid with ${cardNumber} today`;

/** Providers on loopback: one that policies allow, one that they forbid, one that always fails. */
export interface World {
  readonly yaml: string;
  /** All that reached the forbidden provider. */
  readonly forbidden: readonly SeenRequest[];
  /** All that reached any provider. */
  readonly all: readonly SeenRequest[];
  /** Forgets what was seen. */
  reset(): void;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const allowed = await startRawProvider(exchange => answerWith(exchange, answerText));
  const forbidden = await startRawProvider(exchange => answerWith(exchange, answerText));
  const failing = await startRawProvider(exchange => {
    const { model, stream } = JSON.parse(exchange.request.body) as { model: string; stream?: boolean };
    return model === 'breaking' && stream === true ? breakOff(exchange) : failWith(exchange, 500);
  });
  const providers = [allowed, forbidden, failing];
  let seen = providers.map(() => 0);
  const since = (provider: RawProvider) => provider.requests.slice(seen[providers.indexOf(provider)]);
  return {
    yaml: configurationOf({ allowed: allowed.url, forbidden: forbidden.url, failing: failing.url }),
    get forbidden() {
      return since(forbidden);
    },
    get all() {
      return providers.flatMap(since);
    },
    reset() {
      seen = providers.map(provider => provider.requests.length);
    },
    async close() {
      for (const provider of providers) await provider.close();
    },
  };
}

/** The beginning of the same answer, and no more. */
async function breakOff(exchange: RawExchange): Promise<void> {
  await exchange.write(streamHead + chunk({ role: 'assistant', content: answerText.slice(0, 4) }));
  exchange.end();
}

/**
 * `acme/one` is cheaper at the forbidden provider; `acme/shaky` is cheapest where it fails, and then at the forbidden
 * one; so is `acme/breaking`, which fails after it has begun to answer; `acme/forbidden` is nowhere else, and the cheapest of all for `auto`.
 */
function configurationOf(urls: Readonly<Record<'allowed' | 'forbidden' | 'failing', string>>): string {
  const model = (id: string, dollars: string) =>
    `      - { id: ${id}, as: acme/${id}, price: { input: "${dollars}", output: "${dollars}", cacheRead: "0.1" }, contextTokens: 8000, inputModalities: [TEXT, IMAGE], capabilities: [TOOLS, STREAMING] }`;
  const provider = (id: 'allowed' | 'forbidden' | 'failing', facts: string, models: readonly string[]) => `
  - id: ${id}
    protocol: openai
    baseUrl: ${urls[id]}/v1
    apiKey: key-of-${id}
${facts}
    models:
${models.join('\n')}`;
  const good = '    region: eu-west-1\n    dataPolicy: { retention: NONE, training: false, evidence: a contract }';
  const bad =
    '    region: us-east-1\n    dataPolicy: { retention: LIMITED, retentionDays: 30, training: true, evidence: a page }';
  return `sandbox: false
providers:${provider('allowed', good, [model('one', '9'), model('shaky', '9'), model('breaking', '9')])}${provider(
    'forbidden',
    bad,
    [model('one', '5'), model('shaky', '5'), model('breaking', '5'), model('forbidden', '2')],
  )}${provider('failing', good, [model('shaky', '3'), model('breaking', '3'), model('down', '8')])}
aliases: { usual: acme/forbidden }
`;
}

export interface WorldServer extends RunningServer {
  readonly config: Config;
  graphql<T>(query: string, variables?: Record<string, unknown>): Promise<T>;
  /** Stops it, and starts it again on the same state with these rules. */
  restart(rules: readonly Rule[]): Promise<WorldServer>;
  close(): Promise<void>;
}

/** A whole server in this world; `rules` in place of those that are installed. */
export async function startWorldServer(yaml: string, rules?: readonly Rule[]): Promise<WorldServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-matrix-'));
  await writeFile(join(folder, 'tollgate.yaml'), yaml);
  return await startIn(folder, rules);
}

async function startIn(folder: string, rules: readonly Rule[] | undefined): Promise<WorldServer> {
  const env = {
    PORT: '0',
    TOLLGATE_ADMIN_KEY: adminKey,
    TOLLGATE_API_KEY: adminKey,
    TOLLGATE_STATE_DIR: join(folder, 'state'),
    LOG_LEVEL: 'silent',
  };
  const config = loadConfig({ env, cwd: folder });
  const server = await startServer(config, rules === undefined ? {} : { rules });
  return {
    ...server,
    config,
    async graphql<T>(query: string, variables: Record<string, unknown> = {}) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data?: T; errors?: unknown };
      if (data === undefined || data === null || errors !== undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    async restart(others) {
      await server.stop({ acceptMs: 0, finishMs: 0 });
      return await startIn(folder, others);
    },
    async close() {
      await server.stop({ acceptMs: 0, finishMs: 0 });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
