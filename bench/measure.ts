import type { Sample, Subject } from './figures.ts';
import type { RunningGateway } from './gateways.ts';
import type { LoadJob, LoadResult } from './load-client.ts';
import { nextMessage, type StartedProcess } from './start-process.ts';
import { chatBody, graphqlBody, paces, unaryModel, writeEveryMs } from './workload.ts';

/** One gateway, spoken to in one language. */
export interface Entrance {
  readonly name: string;
  readonly gateway: RunningGateway;
  readonly language: 'graphql' | 'openai';
  /** What stands before a model's name there. */
  readonly modelPrefix: string;
}

const unaryConnections = 64;
const streams = 60;
const unaryWarmMs = 300;
/** All streams are open by then. */
const streamWarmMs = 500;
/** How much longer than the window a stream lasts, so that none ends within it. */
const streamTailMs = 200;

/** Puts load on a gateway, and reads what it costs. The load client must be idle. */
export async function measure(
  client: StartedProcess,
  entrance: Entrance,
  subject: Subject,
  windowMs: number,
): Promise<Sample> {
  const result = nextMessage<LoadResult>(client);
  client.child.send(jobFor(entrance, subject, windowMs));
  return { ...(await result), subject, gateway: entrance.name };
}

function jobFor({ gateway, language, modelPrefix }: Entrance, subject: Subject, windowMs: number): LoadJob {
  const bodyOf = language === 'graphql' ? graphqlBody : chatBody;
  const { port, pid, headers } = gateway;
  const shared = { port, pid, windowMs, path: language === 'graphql' ? '/graphql' : '/v1/chat/completions' };
  const pace = paces.find(({ id }) => id === subject);
  if (pace === undefined) {
    const body = bodyOf(modelPrefix + unaryModel);
    return { ...shared, headers, connections: unaryConnections, warmMs: unaryWarmMs, body };
  }
  const lastingMs = streamWarmMs + windowMs + streamTailMs;
  const streamTokens = Math.ceil(lastingMs / writeEveryMs) * pace.tokensPerWrite;
  return {
    ...shared,
    headers: { ...headers, accept: 'text/event-stream' },
    connections: streams,
    warmMs: streamWarmMs,
    streamTokens,
    body: bodyOf(modelPrefix + pace.model, streamTokens),
  };
}
