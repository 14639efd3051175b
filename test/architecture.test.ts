import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** From the bottom up. A file may import its own folder and everything on lower layers. */
const layers: readonly (readonly string[])[] = [
  ['src/model', 'src/errors.ts'],
  ['src/policy', 'src/routing', 'src/privacy', 'src/stream'],
  ['src/identity', 'src/catalog', 'src/providers', 'src/stores'],
  ['src/gateway'],
  ['src/graphql', 'src/http', 'plugins'],
  ['src'],
];

/** Layer-2 interfaces that the gateway sees; of their siblings' folders it sees nothing else. */
const gatewayMaySee =
  /^src\/(providers\/provider|stores\/[a-z-]+-store|stores\/ledger-checks|stores\/page|catalog\/catalog)\.ts$/;

/** Same-layer imports beside those inside one folder. */
const neighbours: readonly (readonly [string, string])[] = [
  ['src/model', 'src/errors.ts'],
  ['src/routing', 'src/policy'],
  ['src/policy', 'src/privacy'],
  ['src/stream', 'src/privacy'],
  ['src/http', 'src/graphql'],
  ['src/identity', 'src/stores'],
  ['plugins', 'src/graphql'],
  ['plugins', 'src/http'],
];

/** Packages that exactly one place may import. */
const onlyIn: Readonly<Record<string, RegExp>> = {
  dataloader: /^src\/graphql\/loaders\.ts$/,
  jose: /^src\/(identity\/jwt|gateway\/receipts)\.ts$/,
  undici: /^src\/providers\/(dispatcher|provider-call)\.ts$|^src\/http\/webhooks\/post-webhook\.ts$/,
  kysely: /^src\/stores\/(sql|sqlite|postgres)\//,
  ws: /^src\/http\/(websocket|carry-frames)\.ts$/,
  'node:sqlite': /^src\/stores\/(sqlite\/|state-lock\.ts$)/,
  ioredis: /^src\/stores\/redis\/redis-client\.ts$/,
  pg: /^src\/stores\/postgres\/postgres-pool\.ts$/,
  'better-sqlite3': /^$/,
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = ['src', 'plugins']
  .filter(folder => existsSync(join(root, folder)))
  .flatMap(folder => sourceFiles(join(root, folder)));
const imports = files.flatMap(importsOf);

describe('architecture', () => {
  test('imports point down only', () => {
    const wrong = imports.filter(({ file, target }) => isLocal(target) && !mayImport(file, target));
    expect(wrong.map(show)).toEqual([]);
  });

  test('control: an import that points up is found', () => {
    expect(mayImport('src/model/catalog.ts', 'src/routing/plan.ts')).toBe(false);
    expect(mayImport('src/gateway/run.ts', 'src/providers/http-provider.ts')).toBe(false);
    expect(mayImport('src/stores/sqlite/ledger.ts', 'src/providers/provider.ts')).toBe(false);
    expect(mayImport('src/gateway/run.ts', 'src/providers/provider.ts')).toBe(true);
  });

  test('of src only the composition root knows the plugins', () => {
    const wrong = imports.filter(
      ({ file, target }) => target.startsWith('plugins/') && layerOf(file) < 5 && !file.startsWith('plugins/'),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('pure layers use no Node module, and one place knows each of these packages', () => {
    expect(imports.filter(isMisplaced).map(show)).toEqual([]);
  });

  test('control: a Node module in a pure layer, and a package out of its place, are found', () => {
    const found = (file: string, target: string) => isMisplaced({ file, target });
    expect(found('src/routing/plan.ts', 'node:fs')).toBe(true);
    expect(found('src/stores/state-lock.ts', 'node:fs')).toBe(false);
    expect(found('src/providers/http-provider.ts', 'undici')).toBe(true);
    expect(found('src/providers/dispatcher.ts', 'undici')).toBe(false);
    expect(found('src/http/webhooks/webhooks.ts', 'undici')).toBe(true);
    expect(found('src/gateway/run.ts', 'kysely')).toBe(true);
    expect(found('src/graphql/context.ts', 'ws')).toBe(true);
  });

  test('the environment and the arguments are read by the command line and the configuration only', () => {
    const readers = files.filter(file => readsEnvironment(read(file)));
    expect(readers.filter(file => !mayReadEnvironment(file))).toEqual([]);
  });

  test('control: a read of the environment is found wherever it is written', () => {
    const reads = [
      'process.env.HOME',
      'const { argv } = process;',
      "process['env']",
      "import { env } from 'node:process';",
    ];
    expect(reads.filter(text => !readsEnvironment(text))).toEqual([]);
    expect(readsEnvironment('process.on(name, act)')).toBe(false);
    expect(readsEnvironment(" * import { env } from 'node:process';")).toBe(false);
    expect(
      ['src/gateway/run.ts', 'src/start-server.ts', 'src/cli.ts', 'src/config/environment.ts'].map(mayReadEnvironment),
    ).toEqual([false, false, true, true]);
  });

  test('a provider request is cleared in one place only', () => {
    const makers = files.filter(file => clears(read(file)));
    expect(makers).toEqual(['src/policy/evaluate.ts']);
  });

  test('control: a second place that clears a request is found, and one that only takes it is not', () => {
    expect(clears('return request as Cleared<ProviderRequest>;')).toBe(true);
    expect(clears('return request as unknown as\n  Cleared<T>;')).toBe(true);
    expect(clears('return <Cleared<T>>request;')).toBe(true);
    expect(clears('call(request: Cleared<ProviderRequest>, signal: AbortSignal)')).toBe(false);
  });

  test('files keep within 300 lines and say what they are', () => {
    const long = files.filter(file => !file.includes('.generated.') && read(file).split('\n').length > 301);
    const vague = files.filter(file => /(^|\/)(utils?|helpers?|common|misc|types)\.ts$/.test(file));
    expect({ long, vague }).toEqual({ long: [], vague: [] });
  });
});

function isMisplaced({ file, target }: Import): boolean {
  if (isLocal(target)) return false;
  if (layerOf(file) <= 1 && target.startsWith('node:')) return true;
  const place = onlyIn[target];
  return place !== undefined && !place.test(file);
}

/** Comments may show how a program that embeds the gateway reads them. */
function readsEnvironment(source: string): boolean {
  const code = source.replace(/^\s*(?:\/?\*|\/\/).*$/gm, '');
  return /process\s*\??\.\s*(env|argv)\b|process\[|\{[^}]*\b(env|argv)\b[^}]*\}\s*=\s*process\b|from 'node:process'/.test(
    code,
  );
}

function mayReadEnvironment(file: string): boolean {
  return /^src\/(cli|config)(\.ts|\/)/.test(file);
}

function clears(source: string): boolean {
  return /\bas\s+Cleared<|<Cleared<[^>]*>>\s*\w/.test(source);
}

function mayImport(file: string, target: string): boolean {
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === to && from !== 'src/providers' && from !== 'src/stores') return true;
  if (from === to) return areOneFamily(file, target);
  if (layerOf(file) === 5 && !isApart(from)) return true;
  if (isApart(from)) return layerOf(target) <= 2;
  if (isApart(to)) return false;
  if (neighbours.some(([left, right]) => from === left && to === right)) return true;
  if (layerOf(target) >= layerOf(file)) return false;
  return from !== 'src/gateway' || layerOf(target) < 2 || gatewayMaySee.test(target);
}

/** Implementations of one interface are blind to each other: a sub-folder sees itself, the folder's own
 * files, and the SQL that is written once for all dialects. */
function areOneFamily(file: string, target: string): boolean {
  const inner = (path: string) => path.split('/').slice(2, -1).join('/');
  const first = (path: string) => inner(path).split('/')[0];
  return inner(target) === '' || first(target) === 'sql' || first(target) === first(file) || inner(file) === '';
}

/** The simulators and the contract suites stand beside the layers: they see the lower ones, and only layer 5 sees them. */
function isApart(folder: string): boolean {
  return folder === 'src/sandbox' || folder === 'src/chaos' || folder === 'src/testing';
}

function layerOf(file: string): number {
  const folder = folderOf(file);
  const found = layers.findIndex(members => members.includes(folder) || members.includes(file));
  return found === -1 ? 5 : found;
}

function folderOf(file: string): string {
  if (file.startsWith('plugins/')) return 'plugins';
  const parts = file.split('/');
  return parts.length > 2 ? parts.slice(0, 2).join('/') : parts.length === 2 && file === 'src/errors.ts' ? file : 'src';
}

function isLocal(target: string): boolean {
  return /^(src|plugins)\//.test(target);
}

function importsOf(file: string): readonly Import[] {
  const pattern = /(?:^|\n)\s*(?:import|export)[^'";]*?from\s*'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g;
  return [...read(file).matchAll(pattern)].map(match => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const target = specifier.startsWith('.')
      ? relative(root, resolve(root, dirname(file), specifier))
      : packageOf(specifier);
    return { file, target };
  });
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => relative(root, join(folder, name)))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function show({ file, target }: Import): string {
  return `${file} -> ${target}`;
}
