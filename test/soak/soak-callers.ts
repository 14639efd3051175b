import { Agent, request as httpRequest } from 'node:http';
import type { CallerOutcome } from './history.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import type { SoakKey } from './soak-tenants.ts';

/** Where a request may be sent now. */
export interface Place {
  readonly url: string;
  readonly boot: number;
}

export interface CallersOptions {
  readonly seed: string;
  readonly atOnce: number;
  readonly places: () => readonly Place[];
  readonly keys: () => readonly (readonly [SoakKey, number])[];
}

export interface Callers {
  readonly outcomes: readonly CallerOutcome[];
  /** Waits for the requests that run, and ends. */
  stop(): Promise<void>;
}

type Told = Pick<CallerOutcome, 'outcome' | 'code' | 'completionId' | 'costNanos'>;

const patienceMs = 8_000;
const pathOf = { v1: '/v1/chat/completions', graphql: '/graphql' };
const selection = 'id status error { code } usage { cost }';
const documents = {
  whole: `mutation Soak($input: CompleteInput!) { complete(input: $input) { ${selection} } }`,
  stream: `subscription Soak($input: CompleteInput!) { complete(input: $input) { __typename completionId
    ... on CompletionFinished { completion { ${selection} } }
    ... on CompletionIncomplete { completion { ${selection} } }
    ... on CompletionFailed { completion { ${selection} } } } }`,
};

/** Asks again and again, as several callers: whole and streamed, over both interfaces, with some who leave midway. */
export function startCallers({ seed, atOnce, places, keys }: CallersOptions): Callers {
  const outcomes: CallerOutcome[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  let isStopped = false;
  let asked = 0;

  async function call(): Promise<void> {
    while (!isStopped) {
      const request = `r${++asked}`;
      const random = seededRandom(`${seed} caller ${request}`);
      const open = places();
      if (open.length > 0) {
        const { url, boot } = random.pick(open);
        const key = random.weighted(keys());
        const sentAt = Date.now();
        const told = await ask(agent, url, key.secret, request, random);
        outcomes.push({ request, tenant: key.tenant, boot, sentAt, endedAt: Date.now(), ...told });
      }
      await new Promise(resolve => setTimeout(resolve, random.whole(100, 700)));
    }
  }

  const running = Array.from({ length: atOnce }, call);
  return {
    outcomes,
    async stop() {
      isStopped = true;
      await Promise.all(running);
      agent.destroy();
    },
  };
}

function ask(agent: Agent, url: string, key: string, request: string, random: SeededRandom): Promise<Told> {
  const isStream = random.next() < 0.5;
  const entrance = random.next() < 0.6 ? 'v1' : 'graphql';
  const maxTokens = random.whole(40, 160);
  const leavesAfterMs = random.next() < 0.1 ? random.whole(20, 400) : patienceMs;
  const text = `Tell me of [${request}] in a few words.`;
  const models = random.next() < 0.5 ? ['acme/m', 'acme/n'] : ['acme/n', 'acme/m'];
  const body =
    entrance === 'v1'
      ? {
          models,
          stream: isStream,
          ...(isStream ? { stream_options: { include_usage: true } } : {}),
          max_tokens: maxTokens,
          messages: [{ role: 'user', content: text }],
          metadata: { request },
        }
      : {
          query: isStream ? documents.stream : documents.whole,
          variables: {
            input: {
              model: models[0],
              fallbackModels: models.slice(1),
              messages: [{ role: 'USER', text }],
              maxOutputTokens: maxTokens,
              labels: [{ name: 'request', value: request }],
            },
          },
        };
  return new Promise(resolve => {
    const sent = httpRequest(`${url}${pathOf[entrance]}`, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${key}`,
        ...(entrance === 'graphql' && isStream ? { accept: 'text/event-stream' } : {}),
      },
    });
    let hasLeft = false;
    let completionId: string | undefined;
    const leaving = setTimeout(() => {
      hasLeft = true;
      sent.destroy();
      end({ outcome: 'LEFT' });
    }, leavesAfterMs);
    function end(told: Told): void {
      clearTimeout(leaving);
      resolve({ ...(completionId === undefined ? {} : { completionId }), ...told });
    }
    sent.on('error', () => end({ outcome: hasLeft ? 'LEFT' : 'BROKEN' }));
    sent.once('response', response => {
      const { 'x-tollgate-completion-id': id } = response.headers;
      completionId = typeof id === 'string' ? id : undefined;
      let answer = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        answer += piece;
      });
      response.once('end', () => end(entrance === 'v1' ? readV1(response.statusCode, answer) : readGraph(answer)));
      response.on('error', () => end({ outcome: hasLeft ? 'LEFT' : 'BROKEN' }));
      response.once('close', () => end({ outcome: 'BROKEN' }));
    });
    sent.end(JSON.stringify(body));
  });
}

function readV1(status: number | undefined, answer: string): Told {
  const code = /"metadata":\{"code":"([A-Z_]+)"/.exec(answer)?.[1];
  if (code !== undefined) return { outcome: code === 'BUDGET_EXCEEDED' ? 'REFUSED' : 'FAILED', code };
  const cost = /"cost":([0-9.e+-]+)/.exec(answer)?.[1];
  const isWhole = answer.startsWith('{') || answer.includes('data: [DONE]');
  if (status !== 200 || cost === undefined || !isWhole) return { outcome: 'BROKEN', code: `${status}` };
  return { outcome: 'FINISHED', costNanos: nanosOf(cost) };
}

function readGraph(answer: string): Told {
  const found =
    /"id":"([^"]+)","status":"([A-Z]+)","error":(null|\{"code":"([A-Z_]+)"\}),"usage":\{"cost":"([0-9.]+)"/.exec(
      answer,
    );
  if (found === null) {
    const code = /"code":"([A-Z_]+)"/.exec(answer)?.[1];
    return code === undefined ? { outcome: 'BROKEN' } : { outcome: 'FAILED', code };
  }
  const [, completionId = '', status, , code = '', cost = '0'] = found;
  if (status === 'FINISHED') return { outcome: 'FINISHED', completionId, costNanos: nanosOf(cost) };
  return { outcome: code === 'BUDGET_EXCEEDED' ? 'REFUSED' : 'FAILED', completionId, code };
}

function nanosOf(dollars: string): bigint {
  return BigInt(Math.round(Number(dollars) * 1_000_000_000));
}
