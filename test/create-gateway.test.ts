import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { createGateway, type OpenGateway } from '../src/create-gateway.ts';
import { startServer } from '../src/start-server.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function configured() {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-create-'));
  folders.push(folder);
  return loadConfig({ env: { TOLLGATE_STATE_DIR: folder, PORT: '0', LOG_LEVEL: 'silent' }, cwd: folder });
}

async function closeAfterDrain(gateway: OpenGateway): Promise<void> {
  await gateway.drain(0);
  await gateway.close();
}

test('a gateway in a server of its own holds its state folder: policies that one enforces bind no other by chance', async () => {
  const config = await configured();
  const gateway = await createGateway({ config });
  await expect(createGateway({ config })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(startServer(config)).rejects.toMatchObject({ code: 'CONFLICT' });
  await closeAfterDrain(gateway);
  await closeAfterDrain(await createGateway({ config }));
});

test('a gateway beside a server on the same state folder is refused', async () => {
  const config = await configured();
  const server = await startServer(config);
  await expect(createGateway({ config })).rejects.toMatchObject({ code: 'CONFLICT' });
  await server.stop({ acceptMs: 0, finishMs: 0 });
});
