import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type GovernancePlugin,
  useGovernance,
  useLimits,
  useModelAccess,
  useRedaction,
  useRegion,
  useRetention,
} from '../../plugins/index.ts';
import { loadConfig } from '../../src/config.ts';
import { createGateway, type OpenGateway } from '../../src/create-gateway.ts';
import { noPolicies } from '../../src/gateway/core.ts';
import type { SandboxCall } from '../../src/sandbox/record-calls.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { temporaryFolder } from '../support/command.ts';
import { adminKey, providersYaml } from '../support/test-server.ts';
import { listenYoga } from './open-host.ts';

let sandbox: Sandbox;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: OpenGateway;
const calls: SandboxCall[] = [];

/** A provider in the US that keeps prompts, over a gateway without a policy store. */
beforeAll(async () => {
  sandbox = await startSandbox({ onCallEnd: call => void calls.push(call) });
  folder = await temporaryFolder();
  const more = '    region: us-east-1\n    dataPolicy: { retention: LIMITED, retentionDays: 30, training: false }\n';
  const yaml = `sandbox: false\n${providersYaml([{ id: 'far', url: sandbox.url, more }]).replace('id: one', 'id: echo')}`;
  await writeFile(join(folder.path, 'tollgate.yaml'), yaml);
  const env = { TOLLGATE_STATE_DIR: join(folder.path, 'state'), TOLLGATE_ADMIN_KEY: adminKey };
  gateway = await createGateway({ config: loadConfig({ env, cwd: folder.path }), policies: noPolicies });
});
afterAll(async () => {
  await gateway.drain(0);
  await gateway.close();
  await sandbox.close();
  await folder.close();
});

async function askThrough(plugin: GovernancePlugin, question = 'my card is 4111 1111 1111 1111') {
  calls.splice(0);
  await using host = await listenYoga([plugin]);
  const query = `mutation { ask(question: ${JSON.stringify(question)}, model: "acme/one") { status code text } }`;
  const { data } = await host.ask(query, adminKey);
  return { ...data.ask, calls: calls.length };
}

const reached = { status: 'FINISHED', code: null, calls: 1 };

describe('alone, over a gateway without policies, the forbidden endpoint is not reached under', () => {
  test.each([
    ['useRegion', () => useRegion({ gateway, allow: ['eu'] }), () => useRegion({ gateway, allow: ['us'] })],
    ['useRetention', () => useRetention({ gateway, provider: 'NONE' }), () => useRetention({ gateway })],
    ['useModelAccess', () => useModelAccess({ gateway, allow: ['other/*'] }), () => useModelAccess({ gateway })],
    ['useLimits', () => useLimits({ gateway, maxInputTokens: 2 }), () => useLimits({ gateway })],
    [
      'useGovernance',
      () => useGovernance({ gateway, rules: { region: { deny: ['us'] } } }),
      () => useGovernance({ gateway }),
    ],
  ])('%s; and is without its demand (control)', async (_, strict, idle) => {
    expect(await askThrough(strict())).toMatchObject({ text: null, calls: 0 });
    expect(await askThrough(idle())).toMatchObject(reached);
  });

  test('useRedaction that blocks; that replaces, the value reaches nobody; without it, it does (control)', async () => {
    const rule = { detect: ['PAYMENT_CARD'] } as const;
    const blocked = await askThrough(useRedaction({ gateway, rules: [{ ...rule, action: 'BLOCK' }] }));
    expect(blocked).toMatchObject({ code: 'CONTENT_BLOCKED', calls: 0 });
    const replaced = await askThrough(useRedaction({ gateway, rules: [rule] }));
    expect(replaced).toMatchObject(reached);
    expect(replaced.text).not.toContain('4111');
    expect((await askThrough(useRedaction({ gateway }))).text).toContain('4111');
  });
});
