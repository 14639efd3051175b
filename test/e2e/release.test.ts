import { execFile, execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/command.ts';

// It builds the whole package.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 240_000 });

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** A copy of all that a commit would hold: other tests build the package in the checkout itself. */
let checkout: string;
let shown = '';

/** With this Node, as in `.ci/run`. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` };
const release = () => run('bash', ['.ci/release', '--dry-run'], { cwd: checkout, env });
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

beforeAll(async () => {
  folder = await temporaryFolder();
  checkout = join(folder.path, 'checkout');
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of listed.trim().split('\n')) {
    if (!/^(test|bench)\//.test(file)) cpSync(join(root, file), join(checkout, file));
  }
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  shown = (await release()).stderr;
});
afterAll(() => folder.close());

test('builds without scripts of packages, and publishes the tarball that was looked at, with its provenance', () => {
  const commands = shown.split('\n').filter(line => line.startsWith('+ '));
  expect(commands).toEqual([
    '+ npm ci --ignore-scripts --no-audit --no-fund',
    `+ npm publish build/release/${name}-${version}.tgz --provenance --ignore-scripts`,
  ]);
});

test('the order is: build, look, publish', () => {
  const script = readFileSync(join(root, '.ci/release'), 'utf8');
  const steps = ['npm ci', 'npm run --silent prepack', 'npm pack', 'npm sbom', 'check-release.ts', 'npm publish'];
  const places = steps.map(step =>
    script.search(new RegExp(`^(act )?(node )?\\S*${step.replaceAll('.', '\\.')}`, 'm')),
  );
  expect(places.every(place => place >= 0)).toBe(true);
  expect(places).toEqual([...places].sort((left, right) => left - right));
  expect(script).toContain('set -euo pipefail');
  expect(script).not.toMatch(/https?:|NPM_TOKEN|_authToken/);
});

test('writes a bill of materials of all that an installation brings, with digests', () => {
  const bill = JSON.parse(readFileSync(join(checkout, `build/release/${name}-${version}.cdx.json`), 'utf8'));
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.stringMatching(/^1\.\d$/) });
  expect(bill.metadata.component).toMatchObject({ name, version, purl: `pkg:npm/${name}@${version}` });
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const names: readonly string[] = bill.components.map((component: { readonly name: string }) => component.name);
  const brought = { ...dependencies, ...peerDependencies };
  expect(Object.keys(brought).filter(dependency => !names.includes(dependency))).toEqual([]);
  const others = Object.keys(devDependencies).filter(dependency => !(dependency in peerDependencies));
  expect(others.filter(dependency => names.includes(dependency))).toEqual([]);
  expect(new Set(names).size).toBeGreaterThan(Object.keys(dependencies).length);
  const known = new Set(bill.components.map((component: { readonly 'bom-ref': string }) => component['bom-ref']));
  for (const { ref, dependsOn } of bill.dependencies) {
    for (const other of [ref, ...dependsOn]) expect(known.has(other) || other === `${name}@${version}`).toBe(true);
  }
  expect(JSON.stringify(bill)).not.toContain(folder.path);
});

test.each([
  ['a script that runs where it is installed', { scripts: { postinstall: 'node -e 1' } }, 'has the script postinstall'],
  [
    'a file that does not belong there',
    { files: ['dist', 'docs', 'schema', 'deploy'] },
    'does not belong into the package',
  ],
])('control: refuses a package with %s', async (_, change, fault) => {
  const file = join(checkout, 'package.json');
  const before = readFileSync(file, 'utf8');
  const manifest = JSON.parse(before);
  const scripts = { ...manifest.scripts, ...('scripts' in change ? change.scripts : {}), prepack: 'true' };
  writeFileSync(file, JSON.stringify({ ...manifest, ...change, scripts }));
  try {
    await expect(release()).rejects.toMatchObject({ stderr: expect.stringContaining(fault) });
  } finally {
    writeFileSync(file, before);
  }
});

test('control: refuses a dependency that runs a script, and one without a digest', async () => {
  const file = join(checkout, 'package-lock.json');
  const before = readFileSync(file, 'utf8');
  const lock = JSON.parse(before);
  lock.packages['node_modules/zod'].hasInstallScript = true;
  delete lock.packages['node_modules/jose'].integrity;
  writeFileSync(file, JSON.stringify(lock));
  const manifest = readFileSync(join(checkout, 'package.json'), 'utf8');
  writeFileSync(join(checkout, 'package.json'), manifest.replace('"node .ci/build-package.ts"', '"true"'));
  try {
    const { stderr } = await release().then(
      () => ({ stderr: 'it was released' }),
      fault => fault as { readonly stderr: string },
    );
    expect(stderr).toContain('zod runs a script while it is installed');
    expect(stderr).toContain('jose has no digest');
  } finally {
    writeFileSync(file, before);
    writeFileSync(join(checkout, 'package.json'), manifest);
  }
});
