import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { maxBodyBytes } from '../../src/http/read-body.ts';
import { type RawExchange, startRawProvider, wholeAnswer } from '../support/raw-provider.ts';
import { nginxAbsence, type OpenNginx, openNginx, without } from './open-nginx.ts';

vi.setConfig({ testTimeout: 30_000 });

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const planted = 'planted-word-7d1c4f';
const largest = planted.padEnd(maxBodyBytes, '.');
const json = { 'content-type': 'application/json' };

/** Two nodes that answer when they are told to, and nginx before them. */
async function openHeldNodes(change?: (text: string) => string) {
  const held: RawExchange[] = [];
  const nodes = [1, 2].map(() => startRawProvider(exchange => void held.push(exchange)));
  const started = await Promise.all(nodes);
  open.push(...started);
  const nginx = await openNginx(
    started.map(({ url }) => url),
    change,
  );
  open.push(nginx);
  return { nginx, held, nodes: started };
}

/** Every file below nginx's folder that holds the word now, and those that it has open there without a name. */
function filesWithWord({ folder }: OpenNginx): readonly string[] {
  const named = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  const main = readFileSync(join(folder, 'nginx.pid'), 'utf8').trim();
  const children = readFileSync(`/proc/${main}/task/${main}/children`, 'utf8').trim().split(' ');
  const unnamed = children
    .flatMap(pid => readdirSync(`/proc/${pid}/fd`).map(descriptor => `/proc/${pid}/fd/${descriptor}`))
    .filter(descriptor => isBelow(descriptor, folder));
  return [...named, ...unnamed].filter(file => readFileSync(file).includes(planted));
}

function isBelow(descriptor: string, folder: string): boolean {
  try {
    const file = readlinkSync(descriptor);
    return file.startsWith(folder) && file.endsWith(' (deleted)');
  } catch {
    // It was closed meanwhile.
    return false;
  }
}

/** Sends a body with the word in it, and looks while the node has it and has not answered yet. */
async function filesWhileAsked(
  body: string | ReadableStream<Uint8Array>,
  change?: (text: string) => string,
): Promise<readonly string[]> {
  const { nginx, held } = await openHeldNodes(change);
  const request: RequestInit & { readonly duplex: 'half' } = { method: 'POST', headers: json, body, duplex: 'half' };
  const asked = fetch(`${nginx.url}/graphql`, request);
  await vi.waitFor(() => expect(held).toHaveLength(1), { timeout: 10_000 });
  const found = filesWithWord(nginx);
  await held[0]?.write(wholeAnswer(200, '{}'));
  held[0]?.end();
  expect((await asked).status).toBe(200);
  return found;
}

describe.skipIf(nginxAbsence !== '')(`nginx before Tollgate${nginxAbsence}`, () => {
  test('takes the largest prompt that Tollgate takes, and keeps it in memory', async () => {
    expect(await filesWhileAsked(largest)).toEqual([]);
    // Without a length that is known before.
    expect(await filesWhileAsked(new Blob([largest]).stream())).toEqual([]);
  });

  test('control: with a smaller buffer the prompt lies in a file', async () => {
    const smaller = without('client_body_buffer_size 2200000;', 'client_body_buffer_size 16k;');
    expect(await filesWhileAsked(largest, smaller)).toHaveLength(1);
  });

  test('refuses a larger one as Tollgate does', async () => {
    const { nginx, nodes } = await openHeldNodes();
    const body = '.'.repeat(maxBodyBytes + 1);
    const response = await fetch(`${nginx.url}/v1/chat/completions`, { method: 'POST', headers: json, body });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      error: { type: 'invalid_request_error', message: `the body is larger than ${maxBodyBytes} bytes` },
    });
    expect(nodes.flatMap(node => node.requests)).toEqual([]);
  });

  const inAddress = `/graphql?query={models(first:1){nodes{id}}}&variables=${planted}`;

  async function addressesLogged(change?: (text: string) => string): Promise<readonly string[]> {
    const { nginx, nodes } = await openHeldNodes(change);
    for (const node of nodes) await node.close();
    open.splice(0, 2);
    expect((await fetch(`${nginx.url}${inAddress}`)).status).toBe(503);
    const log = join(nginx.folder, 'nginx-access.log');
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('"path":"/graphql","status":503'), {
      timeout: 10_000,
    });
    expect(JSON.parse(readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '')).toMatchObject({ status: 503 });
    return filesWithWord(nginx);
  }

  test('writes no query of an address to its logs, also where no node can be reached', async () => {
    expect(await addressesLogged()).toEqual([]);
  });

  test('control: with the usual level of its log it does', async () => {
    const usual = without('error_log stderr alert', 'error_log stderr error');
    expect(await addressesLogged(usual)).not.toEqual([]);
  });
});
