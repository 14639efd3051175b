import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { createGateway, type OpenGateway } from '../../src/create-gateway.ts';
import { createTollgateYoga, type TollgateYogaOptions } from '../../src/graphql/create-yoga.ts';
import type { SandboxCall } from '../../src/sandbox/record-calls.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';

export const administratorKey = 'administrator-key-of-these-tests-0123456789';

const models = ['echo', 'chat', 'long', 'slow', 'cut', 'silent', 'stall', '500', 'tool', 'reason'];

export interface GraphQLAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by their expectations
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: Readonly<Record<string, unknown>>;
    readonly path?: readonly (string | number)[];
  }[];
}

export interface OpenYoga extends AsyncDisposable {
  readonly gateway: OpenGateway;
  readonly sandbox: Sandbox;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly log: readonly unknown[];
  /** Runs an operation as the administrator, or with another key. */
  ask(query: string, variables?: unknown, key?: string): Promise<GraphQLAnswer>;
  post(body: unknown, options?: PostOptions): Promise<Response>;
  /** The next call of a provider that ends. */
  nextCallEnd(): Promise<SandboxCall>;
}

export interface PostOptions {
  readonly key?: string | undefined;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  readonly contentType?: string;
}

/** A real gateway with its own state, one provider and the simulator behind it, under a Yoga. */
export async function openYoga(options: Partial<TollgateYogaOptions> = {}): Promise<OpenYoga> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tollgate-graphql-'));
  const listeners: ((call: SandboxCall) => void)[] = [];
  const sandbox = await startSandbox({
    onCallEnd: call => {
      for (const listener of listeners.splice(0)) listener(call);
    },
  });
  const file = {
    sandbox: false,
    providers: [
      {
        id: 'sim',
        vendor: 'acme',
        protocol: 'openai',
        baseUrl: `${sandbox.url}/v1`,
        region: 'eu-west-1',
        apiKey: 'none-needed',
        dataPolicy: { retention: 'NONE', training: false, evidence: 'contract' },
        models: models.map(id => ({
          id,
          as: `test/${id}`,
          price: { input: '1', output: '2' },
          contextTokens: 100_000,
          capabilities: ['TOOLS', 'JSON_SCHEMA', 'STREAMING', 'REASONING'],
        })),
      },
    ],
  };
  await writeFile(join(stateDir, 'tollgate.yaml'), JSON.stringify(file));
  const env = { TOLLGATE_STATE_DIR: stateDir, TOLLGATE_ADMIN_KEY: administratorKey };
  const gateway = await createGateway({ config: loadConfig({ env, cwd: stateDir }) });
  const log: unknown[] = [];
  const { yoga } = createTollgateYoga({
    gateway,
    access: gateway.access,
    ...(gateway.administration === undefined ? {} : { administration: gateway.administration }),
    log: { error: (fields, message) => log.push({ fields, message }) },
    ...options,
  });
  const handle = async (request: Request): Promise<Response> => yoga.fetch(request);

  function post(body: unknown, given: PostOptions = {}): Promise<Response> {
    const key = 'key' in given ? given.key : administratorKey;
    return handle(
      new Request('http://localhost/graphql', {
        method: 'POST',
        headers: {
          'content-type': given.contentType ?? 'application/json',
          accept: given.accept ?? 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(given.signal === undefined ? {} : { signal: given.signal }),
      }),
    );
  }

  return {
    gateway,
    sandbox,
    log,
    fetch: handle,
    post,
    async ask(query, variables, key = administratorKey) {
      const response = await post({ query, variables }, { key });
      return (await response.json()) as GraphQLAnswer;
    },
    nextCallEnd: () => new Promise(resolve => listeners.push(resolve)),
    async [Symbol.asyncDispose]() {
      await gateway.drain(0);
      await gateway.close();
      await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Reads the events of an SSE answer, one at a time. */
export async function* readEvents(response: Response): AsyncGenerator<GraphQLAnswer> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const data = /^data: ?(.+)$/m.exec(block)?.[1];
      if (/^event: next$/m.test(block) && data !== undefined) yield JSON.parse(data) as GraphQLAnswer;
    }
  }
}
