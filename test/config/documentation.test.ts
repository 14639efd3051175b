import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { knownProviders } from '../../src/config/known-providers.ts';
import { loadConfig } from '../../src/config.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

test('the file that the documentation shows is accepted as it stands', () => {
  const shown = /```yaml\n([\s\S]+?)```/.exec(page)?.[1];
  const files = new Map([
    ['/srv/tollgate.yaml', shown],
    ['/srv/company-ca.pem', rootCertificates[0]],
    ['/srv/documents.json', '{"one":"{ __typename }"}'],
  ]);
  const config = loadConfig({
    env: { VLLM_KEY: 'key', ALERTS_SECRET: 's'.repeat(32), ROUTER_SECRET: 'r'.repeat(32) },
    cwd: '/srv',
    readFile: path => files.get(path),
  });
  expect(config.providers.map(({ id }) => id)).toEqual(['vllm-eu', 'openai']);
  expect(config.certificates).toHaveLength(1);
  expect(config.jwtIssuers).toHaveLength(1);
  expect(config.router?.header).toBe('x-tollgate-identity');
  expect(config.federation.contribute.map(({ type, field }) => `${type}.${field}`)).toEqual(['Ticket.summary']);
  expect(config.allowedOrigins).toEqual(['https://app.example.com']);
  expect(config.trustedDocuments?.isStrict).toBe(true);
  expect(config.webhooks.map(({ events }) => events)).toEqual([['budget.threshold']]);
});

test('the documentation names every variable that turns a provider on', () => {
  for (const { keyVariable, id } of knownProviders) expect(page).toContain(`| \`${keyVariable}\` | \`${id}\` |`);
});
