import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Looks at what is about to be published, and stops where it holds what nobody should install. */
const [folder = ''] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '..');
const readJson = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8'));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly packages?: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
}

const own = readJson(join(root, 'package.json'));
const [tarball = ''] = globSync(join(folder, '*.tgz'));
const billFile = join(folder, `${own.name}-${own.version}.cdx.json`);
const faults = [...packageFaults(), ...dependencyFaults(), ...billFaults()];
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function packageFaults(): readonly string[] {
  const files = tar('-tzf', tarball).trim().split('\n');
  const packed: Manifest = JSON.parse(tar('-xzOf', tarball, 'package/package.json'));
  const run = ['preinstall', 'install', 'postinstall'].filter(name => packed.scripts?.[name] !== undefined);
  const foreign = files.filter(
    file => !/^package\/((dist|docs|schema)\/|(package\.json|README\.md|SECURITY\.md|LICENSE)$)/.test(file),
  );
  const secret = files.filter(file => /\.(pem|key|env|db|npmrc)$|\.tollgate\/|secrets\//.test(file));
  return [
    ...run.map(name => `package.json has the script ${name}, which runs on every machine that installs it`),
    ...foreign.map(file => `${file} does not belong into the package`),
    ...secret.map(file => `${file} may hold a secret`),
  ];
}

/** What an installation of the package brings along. */
function installed(): readonly (readonly [name: string, locked: LockedPackage])[] {
  const { packages = {} } = readJson(join(root, 'package-lock.json'));
  return Object.entries(packages).flatMap(([path, locked]) => {
    const isOfUse = path !== '' && locked.dev !== true && locked.devOptional !== true && locked.peer !== true;
    return isOfUse ? [[path.slice(path.lastIndexOf('node_modules/') + 13), locked] as const] : [];
  });
}

function dependencyFaults(): readonly string[] {
  return installed().flatMap(([name, { hasInstallScript, integrity }]) => [
    ...(hasInstallScript === true ? [`${name} runs a script while it is installed`] : []),
    ...(integrity === undefined ? [`${name} has no digest in the lock file`] : []),
  ]);
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly unknown[];
}

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Readonly<Record<string, unknown>> };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * Reduces the bill to what an installation brings. npm's own way of leaving development out (`--omit dev`) leaves out
 * whatever a development dependency needs too.
 */
function finishBill(): Bill {
  const bill: Bill = JSON.parse(readFileSync(billFile, 'utf8'));
  const wanted = new Set(installed().map(([name, { version }]) => `${name}@${version}`));
  const components = bill.components.filter(({ name, version }) => wanted.has(`${name}@${version}`));
  const kept = new Set(components.map(component => component['bom-ref']));
  const self = bill.metadata.component['bom-ref'];
  const finished = {
    ...bill,
    // npm calls the package by the name of its folder.
    metadata: { ...bill.metadata, component: { ...bill.metadata.component, name: own.name } },
    components: components.map(component => ({ ...component, scope: 'required' })),
    dependencies: bill.dependencies
      .filter(({ ref }) => ref === self || kept.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(other => kept.has(other)) })),
  };
  writeFileSync(billFile, `${JSON.stringify(finished, undefined, 2)}\n`);
  return finished;
}

function billFaults(): readonly string[] {
  const bill = finishBill();
  const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  const isKnownForm = bill.bomFormat === 'CycloneDX' && /^1\.\d$/.test(bill.specVersion);
  return [
    ...(isKnownForm ? [] : ['the bill of materials is no CycloneDX']),
    ...installed()
      .filter(([name, { version }]) => !listed.has(`${name}@${version}`))
      .map(([name, { version }]) => `the bill of materials lacks ${name}@${version}`),
    ...bill.components
      .filter(({ hashes, purl }) => (hashes ?? []).length === 0 || !purl.startsWith('pkg:npm/'))
      .map(({ name }) => `the bill of materials has no digest of ${name}`),
  ];
}

function tar(...argv: readonly string[]): string {
  return execFileSync('tar', argv, { encoding: 'utf8', maxBuffer: 64 * 1_048_576 });
}
