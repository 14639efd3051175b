import { cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/*
 * Puts the program and what it depends on into a few files in `build/`, because loading some 1,800 modules one by one takes
 * longer than everything else at a start. With `--if-stale` only where a source is newer than the last bundle.
 *
 * Plain JavaScript, so that a machine whose Node is too old gets a clear line from the program, and not from here.
 */
const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'build');
const stamp = join(folder, 'bundled-at');

if (!process.argv.includes('--if-stale') || isStale()) await bundle();

async function bundle() {
  const { rolldown } = await import('rolldown');
  rmSync(folder, { recursive: true, force: true });
  const build = await rolldown({
    cwd: root,
    // A worker is a file of its own, found beside the file that starts it.
    input: { cli: 'src/cli.ts', 'sqlite-worker': 'src/stores/sqlite/sqlite-worker.ts' },
    platform: 'node',
    external: [/^node:/],
    logLevel: 'warn',
    onLog(level, log, report) {
      // Packages evaluate and re-export as they like; what concerns our own files is told.
      if (!log.message.includes('node_modules')) report(level, log);
    },
  });
  await build.write({ dir: folder, format: 'esm' });
  await build.close();
  cpSync(join(root, 'src/catalog/snapshot'), join(folder, 'snapshot'), { recursive: true });
  writeFileSync(stamp, new Date().toISOString());
}

function isStale() {
  if (!existsSync(stamp)) return true;
  const bundledAt = statSync(stamp).mtimeMs;
  const sources = readdirSync(join(root, 'src'), { recursive: true }).filter(name => /\.(ts|json)$/.test(name));
  const files = ['package-lock.json', ...sources.map(name => join('src', name))];
  return files.some(file => statSync(join(root, file)).mtimeMs > bundledAt);
}
