import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { loadConfig } from '../../src/config.ts';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';

let provider: RawProvider;
let server: TestServer;
let folder: string;
const log: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-receipts-'));
  provider = await startRawProvider(exchange => answerWith(exchange, 'An answer'));
  const more = '    region: eu-west-1\n    dataPolicy: { retention: NONE, training: false, evidence: a contract }';
  server = await startTestServer({
    yaml: `${providersYaml([{ id: 'acme', url: provider.url, more }])}\nreceipts: { enabled: true }\n`,
    env: { LOG_LEVEL: 'info' },
    logTo: { write: line => void log.push(line) },
  });
});

afterAll(async () => {
  await server.close();
  await provider.close();
  await rm(folder, { recursive: true });
});

async function command(argv: readonly string[], input = ''): Promise<{ code: number; out: string; error: string }> {
  const written = { out: '', error: '' };
  const terminal: Terminal = {
    out: text => {
      written.out += text;
    },
    error: text => {
      written.error += text;
    },
    readInput: () => Promise.resolve(input),
    isInteractive: false,
    interrupted: new AbortController().signal,
  };
  const env = { TOLLGATE_URL: server.url, TOLLGATE_API_KEY: adminKey, TOLLGATE_STATE_DIR: join(folder, 'none') };
  const code = await main({ argv, terminal, version: '0', loadConfig: () => loadConfig({ env, cwd: folder }) });
  return { code, ...written };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

interface Signed {
  readonly id: string;
  readonly status: string;
  readonly receipt: string;
  readonly receiptNonce: string | null;
}

async function complete(input: Record<string, unknown> = {}): Promise<Signed> {
  const { data } = await server.graphql<{ complete: Signed }>(
    'mutation ($input: CompleteInput!) { complete(input: $input) { id status receipt receiptNonce } }',
    {
      input: {
        model: 'acme/one',
        messages: [
          { role: 'SYSTEM', text: 'Be brief' },
          { role: 'USER', text: 'A question' },
        ],
        ...input,
      },
    },
  );
  if (data === undefined) throw new Error('no data');
  return data.complete;
}

describe('a receipt', () => {
  test('says what was decided, and is verified offline, with prompt and answer', async () => {
    const { id, receipt, receiptNonce } = await complete();
    const keys = await file('jwks.json', await (await fetch(`${server.url}/.well-known/jwks.json`)).text());
    const statement = await file('receipt.txt', `${receipt}\n`);
    const prompt = await file('prompt.txt', 'Be brief\nA question');
    const answer = await file('answer.txt', 'An answer');
    const argv = [
      'receipt',
      'verify',
      statement,
      '--keys',
      keys,
      '--nonce',
      receiptNonce ?? '',
      '--prompt',
      prompt,
      '--answer',
      answer,
    ];
    const { code, out, error } = await command(argv);
    expect([code, error]).toEqual([0, 'The receipt is valid.\n']);
    expect(JSON.parse(out)).toMatchObject({
      id,
      status: 'FINISHED',
      endpoint: { id: 'acme/one@acme', region: 'eu-west-1', dataPolicy: { retention: 'NONE', evidence: 'a contract' } },
      inputTokens: 10,
      outputTokens: 5,
    });
    expect(out).not.toMatch(/A question|An answer/);
    const other = await file('other.txt', 'Another answer');
    expect(await command([...argv.slice(0, -1), other])).toMatchObject({
      code: 1,
      error: expect.stringContaining('The answer is another'),
    });
    const later = await server.graphql('query ($id: ID!) { completion(id: $id) { receipt receiptNonce } }', { id });
    expect(later.data).toEqual({ completion: { receipt, receiptNonce: null } });
  });

  test('with any byte changed is not valid', async () => {
    const { receipt } = await complete();
    const keys = await file('jwks.json', await (await fetch(`${server.url}/.well-known/jwks.json`)).text());
    expect((await command(['receipt', 'verify', '--keys', keys], receipt)).code).toBe(0);
    for (let at = 0; at < receipt.length; at += 7) {
      const swapped = receipt[at] === 'A' ? 'B' : 'A';
      const changed = receipt.slice(0, at) + swapped + receipt.slice(at + 1);
      const { code } = await command(['receipt', 'verify', '--keys', keys], changed);
      expect(code, `byte ${at}`).toBe(1);
    }
  });

  test('has no digests where nothing may be kept', async () => {
    const { receipt, receiptNonce } = await complete({ routing: { zeroDataRetention: true } });
    expect(receiptNonce).toBeNull();
    const { code, out } = await command(['receipt', 'verify'], receipt);
    expect(code).toBe(0);
    expect(out).not.toContain('Digest');
    const { out: with_ } = await command(['receipt', 'verify'], (await complete()).receipt);
    expect(with_).toContain('promptDigest');
  });

  test('comes with what was refused too', async () => {
    const { status, receipt } = await complete({ routing: { regions: ['us'] } });
    expect(status).toBe('REFUSED');
    const { out } = await command(['receipt', 'verify'], receipt);
    expect(JSON.parse(out)).toMatchObject({
      status: 'REFUSED',
      error: 'NO_ELIGIBLE_ENDPOINT',
      exclusions: [{ code: 'REGION', endpoints: 1 }],
    });
  });

  test('comes by headers of the OpenAI API, and in the last chunk of its streams', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: adminKey, maxRetries: 0 });
    const body = { model: 'acme/one', messages: [{ role: 'user' as const, content: 'A question' }] };
    const { response } = await client.chat.completions.create(body).withResponse();
    const receipt = response.headers.get('x-tollgate-receipt') ?? '';
    expect((await command(['receipt', 'verify'], receipt)).code).toBe(0);
    expect(response.headers.get('x-tollgate-receipt-nonce')).toMatch(/^[\w-]{43}$/);
    for (const include_usage of [true, false]) {
      const chunks: { readonly tollgate?: { readonly receipt: string; readonly receipt_nonce: string } }[] = [];
      for await (const chunk of await client.chat.completions.create({
        ...body,
        stream: true,
        stream_options: { include_usage },
      })) {
        chunks.push(chunk as (typeof chunks)[number]);
      }
      const last = chunks.at(-1)?.tollgate;
      expect((await command(['receipt', 'verify'], last?.receipt ?? '')).code).toBe(0);
      expect(last?.receipt_nonce).toMatch(/^[\w-]{43}$/);
      expect(chunks.filter(({ tollgate }) => tollgate !== undefined)).toHaveLength(1);
    }
  });
});

describe('the audit log', () => {
  async function exported(): Promise<readonly string[]> {
    for (const name of ['one', 'two', 'three', 'four']) {
      await server.graphql('mutation ($name: String!) { createProject(input: { name: $name }) { id } }', { name });
    }
    const path = join(folder, 'audit.jsonl');
    expect((await command(['audit', 'export', '--out', path])).code).toBe(0);
    return (await readFile(path, 'utf8')).trimEnd().split('\n');
  }
  const verify = async (lines: readonly string[], ...more: readonly string[]) =>
    await command(['audit', 'verify', '-', ...more], `${lines.join('\n')}\n`);

  test('is whole, exported and live', async () => {
    const lines = await exported();
    expect(await verify(lines)).toMatchObject({ code: 0, out: expect.stringContaining(`${lines.length} entries`) });
    expect(await command(['audit', 'verify'])).toMatchObject({ code: 0 });
    expect(lines.join('')).not.toContain('"three"');
  });

  test('that was changed, or lacks entries, or has them in another order, is found, and where', async () => {
    const lines = await exported();
    const changed = lines.map((line, index) =>
      index === 1 ? line.replace(/"actor":"[^"]*"/, '"actor":"somebody"') : line,
    );
    expect(await verify(changed)).toMatchObject({ code: 1, error: expect.stringMatching(/^Entry 2 .* was changed/) });
    expect(await verify(lines.filter((_, index) => index !== 1))).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^Entry 2 .* missing/),
    });
    expect(await verify(lines.slice(1))).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^Entry 1 .* not the first/),
    });
    const swapped = [lines[1], lines[0], ...lines.slice(2)].map(line => line ?? '');
    expect(await verify(swapped)).toMatchObject({ code: 1 });
    expect(await verify([...lines, 'nonsense'])).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^Line \d+ is no entry/),
    });
  });

  test('that was cut off, or written anew, is found by a head that was signed', async () => {
    const lines = await exported();
    const stopped = await startTestServer({
      stateDir: join(folder, 'other'),
      logTo: { write: line => void log.push(line) },
      env: { LOG_LEVEL: 'info' },
    });
    await stopped.graphql('mutation { createProject(input: { name: "x" }) { id } }');
    await stopped.close();
    const head = log.filter(line => line.includes('auditHead'));
    expect(head.length).toBeGreaterThanOrEqual(3);
    const own = await file('head.log', head[0] ?? '');
    expect(await verify(lines, '--head', own)).toMatchObject({ code: 0 });
    const foreign = await file('foreign.log', head.at(-1) ?? '');
    expect(await verify(lines, '--head', foreign)).toMatchObject({
      code: 1,
      error: expect.stringContaining('not valid'),
    });
  });

  test('shorter than a signed head knows it, was cut off', async () => {
    const lines = await exported();
    await server.stop({ acceptMs: 0, finishMs: 0 });
    const heads = log.filter(line => line.includes('auditHead') && line.includes(`"entries":${lines.length}`));
    const own = await file('last.log', heads.at(-1) ?? '');
    server = await startTestServer({ stateDir: server.stateDir, yaml: 'sandbox: true' });
    expect(await verify(lines, '--head', own)).toMatchObject({ code: 0 });
    expect(await verify(lines.slice(0, -1), '--head', own)).toMatchObject({
      code: 1,
      error: expect.stringContaining('cut off'),
    });
  });
});
