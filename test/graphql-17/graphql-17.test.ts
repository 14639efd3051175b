import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess, temporaryFolder } from '../support/command.ts';
import { installFolder } from '../support/install-folder.ts';

const root = resolve(import.meta.dirname, '../..');

test('the plugins and the schema pass their tests on graphql 17 as well', { timeout: 900_000 }, async () => {
  const folder = await installFolder('test/graphql-17');
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/graphql/package.json'), 'utf8'));
  expect(version).toMatch(/^17\./);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const config = join(import.meta.dirname, 'vitest.config.ts');
  const output = await temporaryFolder();
  const file = join(output.path, 'report.json');
  const argv = [vitest, 'run', '--config', config, '--maxWorkers', '1', '--reporter', 'json', '--outputFile', file];
  const { error } = await startProcess(argv, { cwd: root }).ended;
  const { numPassedTests, testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  await output.close();
  const failed = (testResults ?? []).flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  expect({ failed, error }).toMatchObject({ failed: [] });
  // So many tests there are at the least: none that was not found passes for one that was.
  expect(numPassedTests).toBeGreaterThan(150);
});

interface Report {
  readonly numPassedTests?: number;
  readonly testResults?: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}
