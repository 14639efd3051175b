import { answerBody, inChunks, readChatRequest, wholeStream } from '../../../src/chaos/chat-wire.ts';
import {
  lastChunk,
  type RawExchange,
  type RawProvider,
  startRawProvider,
  streamHead,
  wholeAnswer,
} from '../../../src/chaos/raw-provider.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

export { goldenText } from '../../../src/chaos/chat-wire.ts';

export type Entrance = 'mutation' | 'subscription' | 'openai';
export const entrances: readonly Entrance[] = ['mutation', 'subscription', 'openai'];
export type PlaceName = 'first' | 'second';

/** One call at one of a case's two endpoints. */
export interface Call {
  readonly exchange: RawExchange;
  readonly isStream: boolean;
  readonly model: string;
  /** What is to be said: all of the golden text, or what follows an assistant's prefix. */
  readonly text: string;
  /** Earlier calls at this endpoint. */
  readonly number: number;
  /** Answers as a healthy provider does. */
  answer(text?: string): Promise<void>;
}

export type Play = (call: Call) => unknown;

/** What one case's providers do. */
export interface CaseSetup {
  readonly first: Play;
  /** Default: answers. */
  readonly second?: Play;
  /** Instead of the shared provider's. */
  readonly firstUrl?: string;
  /** The first provider's limits of time, where others than usual. */
  readonly timeouts?: string;
  /** Further members of the first provider in the configuration. */
  readonly more?: string;
}

export interface SeenCall {
  readonly place: PlaceName;
  readonly at: number;
  readonly authorization: string;
  /** The provider has ended its answer, or the gateway has hung up. */
  isOver: boolean;
  hungUpAt?: number;
}

/** One server in front of as many pairs of endpoints as there are cases, each with health of its own. */
export interface Lane {
  readonly server: TestServer;
  /** A key of the project whose budget every attempt is reserved from. */
  readonly key: string;
  calls(caseId: string): readonly SeenCall[];
  /** All lines of the log. */
  readonly log: readonly string[];
  /** What the budget of the project says. */
  budget(): Promise<{ readonly reserved: string; readonly spent: string }>;
  /** Resolves once nobody is connected to the provider. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Of providers that answer: only a machine that stands still reaches them. */
const usualTimeouts = '{ connect: PT3S, firstEvent: PT15S, idle: PT15S, unary: PT15S }';

/** Starts the lane for these cases; the key is the case's id, which names its model and its providers. */
export async function openLane(cases: Readonly<Record<string, CaseSetup>>): Promise<Lane> {
  const seen = new Map<string, SeenCall[]>();
  const log: string[] = [];

  async function play(exchange: RawExchange): Promise<void> {
    const [, caseId = '', place = ''] = exchange.request.path.split('/');
    const setup = cases[caseId];
    if (setup === undefined || (place !== 'first' && place !== 'second')) return exchange.reset();
    const calls = seen.get(caseId) ?? [];
    const number = calls.filter(call => call.place === place).length;
    const { at, headers, body } = exchange.request;
    const call: SeenCall = { place, at, authorization: headers.authorization ?? '', isOver: false };
    seen.set(caseId, [...calls, call]);
    void exchange.hungUp.then(hungUpAt => {
      if (!call.isOver) call.hungUpAt = hungUpAt;
      call.isOver = true;
    });
    const { isStream, textToCome, model } = readChatRequest(body);
    const answer = (text = textToCome) =>
      exchange.write(
        isStream
          ? streamHead() + inChunks([wholeStream(model, text)]) + lastChunk
          : wholeAnswer(200, answerBody(model, text)),
      );
    const asked: Call = { exchange, isStream, model, text: textToCome, number, answer };
    await (place === 'first' ? setup.first : (setup.second ?? (healthy => healthy.answer())))(asked);
    call.isOver = true;
  }

  const provider: RawProvider = await startRawProvider(play);
  const server = await startTestServer({
    yaml: yamlOf(cases, provider.url),
    env: { LOG_LEVEL: 'debug' },
    logTo: { write: line => void log.push(line) },
  });
  const key = await makeBudgetedKey(server);
  let isStopped = false;

  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    await server.close();
    await until('no connection is left', () => provider.openConnections === 0);
  }

  return {
    server,
    key,
    log,
    calls: caseId => seen.get(caseId) ?? [],
    async budget() {
      const { data } = await server.graphql<{
        effectivePolicy: { budgets: readonly { reserved: string; spent: string }[] };
      }>('{ effectivePolicy { budgets { reserved spent } } }', {}, key);
      const [state] = data?.effectivePolicy.budgets ?? [];
      if (state === undefined) throw new Error('no budget binds');
      return state;
    },
    stop,
    async close() {
      await stop().finally(() => provider.close());
    },
  };
}

function yamlOf(cases: Readonly<Record<string, CaseSetup>>, url: string): string {
  const blocks = Object.entries(cases).flatMap(([caseId, { firstUrl, timeouts = usualTimeouts, more = '' }]) => [
    providerYaml(caseId, 'first', firstUrl ?? `${url}/${caseId}/first`, '1', `    timeouts: ${timeouts}\n${more}`),
    providerYaml(caseId, 'second', `${url}/${caseId}/second`, '10', `    timeouts: ${usualTimeouts}\n`),
  ]);
  return `providers:${blocks.join('')}`;
}

function providerYaml(caseId: string, place: PlaceName, url: string, price: string, more: string): string {
  return `
  - id: ${caseId}-${place}
    protocol: openai
    baseUrl: ${url}/v1
    apiKey: secret-key-of-${caseId}-${place}
    models: [{ id: one, as: acme/${caseId}, price: { input: "${price}", output: "${price}" }, contextTokens: 8000, capabilities: [TOOLS, STREAMING, PREFIX] }]
${more}`;
}

async function makeBudgetedKey(server: TestServer): Promise<string> {
  const created = await server.graphql<{ createProject: { id: string } }>(
    'mutation { createProject(input: { name: "lane" }) { id } }',
  );
  const project = created.data?.createProject.id;
  const issued = await server.graphql<{ createApiKey: { secret: string } }>(
    'mutation ($project: ID!) { createApiKey(input: { name: "k", project: $project }) { secret } }',
    { project },
  );
  const { errors } = await server.graphql(
    `mutation ($project: ID!) { createPolicy(input: { name: "all of it", appliesTo: [{ project: $project }],
      rules: { budgets: [{ name: "all", limit: "1000", window: MONTH, per: PROJECT }] } }) { policy { id } } }`,
    { project },
  );
  const secret = issued.data?.createApiKey.secret;
  if (errors !== undefined || secret === undefined) throw new Error(JSON.stringify(errors));
  return secret;
}

/** The first half of what a healthy provider would say, as far as it comes in one write. */
export function half({ isStream, model, text }: Call): string {
  if (!isStream) {
    const body = answerBody(model, text);
    return body.slice(0, body.length / 2);
  }
  return wholeStream(model, text)
    .slice(0, wholeStream(model, text).length / 2)
    .split(/(?<=\n\n)/)
    .slice(0, -1)
    .join('');
}
