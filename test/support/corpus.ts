import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** One recorded or documented exchange with a provider; see the corpus' own README. */
export interface WireCase {
  readonly id: string;
  readonly provider: string;
  readonly api: string;
  readonly model: string | null;
  readonly stream: boolean;
  readonly status: number;
  readonly tags: readonly string[];
  readonly responsePath: string;
  readonly requestPath: string | undefined;
}

interface IndexLine extends Omit<WireCase, 'responsePath' | 'requestPath'> {
  readonly response: string;
  readonly request: string | null;
}

const root = resolve(process.env.TOLLGATE_CORPUS ?? '../shared/data');
const wire = join(root, 'wire');

/** Whether the corpus of wire traffic is there; tests over it are skipped, and say so, where it is not. */
export const hasWireCorpus = existsSync(join(wire, 'index.jsonl'));

/** The folder of one kind of corpus data: `catalog`, `pii`, `traces`. */
export function corpusFolder(kind: string): string {
  return join(root, kind);
}

/** All cases of these APIs (`openai.chat`, `anthropic.messages`); none where the corpus is absent. */
export function wireCases(...apis: readonly string[]): readonly WireCase[] {
  if (!hasWireCorpus) return [];
  return readFileSync(join(wire, 'index.jsonl'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as IndexLine)
    .filter(line => apis.includes(line.api))
    .map(({ response, request, ...line }) => ({
      ...line,
      responsePath: join(wire, response),
      requestPath: request === null ? undefined : join(wire, request),
    }));
}

export function responseBytes(wireCase: WireCase): Uint8Array {
  return readFileSync(wireCase.responsePath);
}

/** The recorded request's body, where it is known. */
export function requestBody(wireCase: WireCase): unknown {
  return wireCase.requestPath === undefined ? undefined : JSON.parse(readFileSync(wireCase.requestPath, 'utf8'));
}

/** Lower-case response headers that were recorded. */
export function responseHeaders(wireCase: WireCase): Readonly<Record<string, string>> {
  const path = wireCase.responsePath.replace(/\.response\.[a-z.]+$/, '.meta.json');
  const meta = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly response_headers?: Readonly<Record<string, string | readonly string[]>>;
  };
  return Object.fromEntries(
    Object.entries(meta.response_headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

/** The bytes in pieces of `size`; `Infinity` for one piece. */
export function* cutBytes(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, size === Number.POSITIVE_INFINITY ? bytes.length : at + size);
    if (size === Number.POSITIVE_INFINITY) return;
  }
}
