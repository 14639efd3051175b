import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from 'graphql-ws';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { WebSocket } from 'ws';
import type { SandboxCall } from '../../src/sandbox/record-calls.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import type { GraphQLAnswer } from '../graphql/open-yoga.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';
import { type Hive, openHive, type Planner } from './open-hive.ts';
import { openTickets, type Ticket, type Tickets, ticketsSdl } from './open-tickets.ts';
import { type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';

export const routerSecret = 'secret-of-the-router-in-these-tests-0123456789';

const exampleYaml = readFileSync(new URL('../../examples/federation/tollgate.yaml', import.meta.url), 'utf8');
const models = ['echo', 'long', 'slow', 'silent', '500'];

export const tickets: readonly Ticket[] = [
  { id: 'a', body: 'The lamp is broken.', assignee: { email: 'ada@desk.example' } },
  { id: 'b', body: 'Where is my order?', assignee: { email: 'bob@desk.example' } },
];

/** A whole graph: a help desk, Tollgate with a provider behind it, and a router over both. */
export interface Graph extends AsyncDisposable {
  readonly hive: Hive;
  readonly tollgate: TestServer;
  readonly proxy: RecordingProxy;
  readonly sandbox: Sandbox;
  readonly desk: Tickets;
  /** A token of the identity provider that Tollgate knows, for a member of the project `default`. */
  tokenOf(user: string): Promise<string>;
  /** Calls of the provider that have ended, with `performance.now()` of then. */
  readonly ended: readonly { readonly call: SandboxCall; readonly atMs: number }[];
  /** What Tollgate has logged. */
  readonly log: readonly string[];
  /** Asks the router, as the administrator or with another key. */
  ask(query: string, options?: AskOptions): Promise<GraphQLAnswer>;
  /** The same, without reading the answer. */
  post(query: string, options?: AskOptions): Promise<Response>;
  /** A WebSocket to the router. */
  connect(): Client;
}

export interface AskOptions {
  readonly variables?: unknown;
  readonly operationName?: string;
  readonly key?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GraphOptions {
  readonly tickets?: readonly Ticket[];
  /** The text of the router's configuration. Default: that of the example. */
  readonly configuration?: string;
}

export async function openGraph(planner: Planner, options: GraphOptions = {}): Promise<Graph> {
  const stack = new AsyncDisposableStack();
  const ended: { readonly call: SandboxCall; readonly atMs: number }[] = [];
  const sandbox = stack.adopt(
    await startSandbox({ onCallEnd: call => ended.push({ call, atMs: performance.now() }) }),
    started => started.close(),
  );
  const log: string[] = [];
  const issuer = stack.use(await openIssuer());
  const tollgate = stack.adopt(
    await startTestServer({
      yaml: exampleYaml + issuer.yaml + providerYaml(sandbox.url),
      env: { ROUTER_SECRET: routerSecret, LOG_LEVEL: 'debug' },
      logTo: { write: line => void log.push(line) },
    }),
    started => started.close(),
  );
  const proxy = stack.use(await startRecordingProxy(tollgate.url));
  const desk = stack.use(await openTickets(options.tickets ?? tickets));
  const { data } = await tollgate.graphql<{ _service: { sdl: string } }>('{ _service { sdl } }');
  const hive = stack.use(
    await openHive(
      [
        { name: 'tollgate', url: proxy.url, sdl: data?._service.sdl ?? '' },
        { name: 'tickets', url: desk.url, sdl: ticketsSdl },
      ],
      planner,
      {
        env: { ROUTER_SECRET: routerSecret },
        ...(options.configuration === undefined ? {} : { configuration: options.configuration }),
      },
    ),
  );

  function post(query: string, { variables, operationName, key = adminKey, ...request }: AskOptions = {}) {
    const { accept = 'application/json', signal, headers } = request;
    return fetch(hive.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${key}`, ...headers },
      body: JSON.stringify({ query, variables, operationName }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  return {
    hive,
    tollgate,
    proxy,
    sandbox,
    desk,
    tokenOf: issuer.tokenOf,
    ended,
    log,
    post,
    ask: async (query, asked) => (await (await post(query, asked)).json()) as GraphQLAnswer,
    connect: () =>
      createClient({
        url: hive.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${adminKey}` },
        retryAttempts: 0,
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface Issuer extends AsyncDisposable {
  /** Goes on where the example's `auth` ends. */
  readonly yaml: string;
  tokenOf(user: string): Promise<string>;
}

/** An identity provider, as far as Tollgate sees one: its public key. */
async function openIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-issuer-'));
  const file = join(folder, 'keys.json');
  await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }));
  return {
    yaml: `  jwt: [{ issuer: "https://id.desk.example", audience: tollgate, jwksFile: ${file}, algorithms: [ES256] }]\n`,
    tokenOf: user =>
      new SignJWT({ tollgate_project: 'default' })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuer('https://id.desk.example')
        .setAudience('tollgate')
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The simulator as a provider of its own, so that a test sees its calls. */
function providerYaml(url: string): string {
  const entries = models.map(
    id => `      - { id: "${id}", as: "test/${id}", price: { input: "1", output: "2" }, contextTokens: 100000,
          capabilities: [STREAMING] }`,
  );
  return `
sandbox: true
providers:
  - id: sim
    protocol: openai
    baseUrl: ${url}/v1
    apiKey: none-needed
    models:
${entries.join('\n')}
`;
}
