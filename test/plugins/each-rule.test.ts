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
import type { OpenGateway } from '../../src/create-gateway.ts';
import { adminKey } from '../support/test-server.ts';
import { type FarGateway, openFarGateway } from './open-far-gateway.ts';
import { listenYoga } from './open-host.ts';

let far: FarGateway;
let gateway: OpenGateway;

beforeAll(async () => {
  far = await openFarGateway();
  gateway = far.gateway;
});
afterAll(() => far[Symbol.asyncDispose]());

async function askThrough(plugin: GovernancePlugin, question = 'my card is 4111 1111 1111 1111') {
  const { calls } = far;
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
