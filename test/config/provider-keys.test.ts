import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';

function keysOf(rest: string, env: Readonly<Record<string, string>> = {}, id = 'acme') {
  const yaml = `providers: [{ id: ${id}, protocol: openai, baseUrl: "http://h", models: catalogue, ${rest} }]`;
  const config = loadConfig({
    env,
    cwd: '/srv',
    readFile: path => ({ '/srv/tollgate.yaml': yaml, '/run/secrets/x': 'from-a-file\n' })[path],
  });
  const [provider] = config.providers;
  if (provider === undefined) throw new Error('no provider');
  return { keys: provider.apiKeys.map(({ name, key }) => [name, key.reveal()]), config };
}

describe('the keys of a provider', () => {
  test('are named by their places, or by the labels that they are given', () => {
    const { keys } = keysOf(
      `apiKeys: ["$\{FIRST}", { key: "$\{file:/run/secrets/x}", label: batch }, third, { key: fourth }]`,
      {
        FIRST: 'one',
      },
    );
    expect(keys).toEqual([
      ['1', 'one'],
      ['batch', 'from-a-file'],
      ['3', 'third'],
      ['4', 'fourth'],
    ]);
  });

  test('may be one, or none', () => {
    expect(keysOf('apiKey: lone').keys).toEqual([['1', 'lone']]);
    expect(keysOf('headers: {}').keys).toEqual([]);
  });

  test('stand before that of the environment', () => {
    const env = { OPENAI_API_KEY: 'from-the-environment' };
    expect(keysOf('apiKeys: [own, other]', env, 'openai').keys).toEqual([
      ['1', 'own'],
      ['2', 'other'],
    ]);
    expect(keysOf('region: eu', env, 'openai').keys).toEqual([['1', 'from-the-environment']]);
  });

  test('are not shown, however the configuration is written out', () => {
    const { config } = keysOf('apiKeys: [marigold, { key: marigold-too, label: batch }]');
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true })]) {
      expect(text).not.toContain('marigold');
    }
  });

  test.each([
    ['apiKey: a, apiKeys: [b]', 'providers[0].apiKey: is given beside apiKeys; allowed: one of the two'],
    ['apiKeys: []', 'providers[0].apiKeys: is too small or too short; allowed: 1 or more'],
    [
      `apiKeys: [${Array.from({ length: 21 }, (_, index) => `k${index}`).join()}]`,
      'providers[0].apiKeys: is too large',
    ],
    ['apiKeys: [same, other, same]', 'providers[0].apiKeys[2]: is an earlier key again; allowed: another key'],
    [
      'apiKeys: [{ key: a, label: x }, { key: b, label: x }]',
      'providers[0].apiKeys[1].label: is that of an earlier key; allowed: another label',
    ],
    ['apiKeys: [{ key: a, label: "2" }]', 'providers[0].apiKeys[0].label: is not valid; allowed: lower-case letters'],
    ['apiKeys: [{ key: sk-marigold-1, label: marigold }]', 'providers[0].apiKeys[0].label: is part of the key'],
    ['apiKeys: [{ key: a, name: x }]', 'providers[0].apiKeys[0].name'],
    ['apiKeys: [""]', 'providers[0].apiKeys[0]'],
    ['apiKeys: "a,b"', 'providers[0].apiKeys: has the wrong type'],
  ])('are refused, with the place and never a value: %s', (rest, message) => {
    let told = '';
    try {
      keysOf(rest);
    } catch (fault) {
      told = fault instanceof Error ? fault.message : '';
    }
    expect(told).toContain(message);
    expect(told).not.toMatch(/marigold-1|k20/);
  });
});
