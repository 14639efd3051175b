import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { createGateway, type OpenGateway } from '../../src/create-gateway.ts';
import { noPolicies } from '../../src/gateway/core.ts';
import type { SandboxCall } from '../../src/sandbox/record-calls.ts';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { temporaryFolder } from '../support/command.ts';
import { adminKey, providersYaml } from '../support/test-server.ts';

export interface FarGateway extends AsyncDisposable {
  readonly gateway: OpenGateway;
  /** Of the provider, as they end. */
  readonly calls: SandboxCall[];
}

/** A gateway without a policy store over a provider in the US that keeps prompts, with the model `acme/one`. */
export async function openFarGateway(): Promise<FarGateway> {
  const calls: SandboxCall[] = [];
  const sandbox = await startSandbox({ onCallEnd: call => void calls.push(call) });
  const folder = await temporaryFolder();
  const more = '    region: us-east-1\n    dataPolicy: { retention: LIMITED, retentionDays: 30, training: false }\n';
  const yaml = `sandbox: false\n${providersYaml([{ id: 'far', url: sandbox.url, more }]).replace('id: one', 'id: echo')}`;
  await writeFile(join(folder.path, 'tollgate.yaml'), yaml);
  const env = { TOLLGATE_STATE_DIR: join(folder.path, 'state'), TOLLGATE_ADMIN_KEY: adminKey };
  const gateway = await createGateway({ config: loadConfig({ env, cwd: folder.path }), policies: noPolicies });
  return {
    gateway,
    calls,
    async [Symbol.asyncDispose]() {
      await gateway.drain(0);
      await gateway.close();
      await sandbox.close();
      await folder.close();
    },
  };
}
