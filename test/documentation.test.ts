import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const pages = ['README.md', 'SECURITY.md', ...globSync(['docs/**/*.md', 'examples/**/*.md'], { cwd: root })].sort();
const read = (page: string) => readFileSync(join(root, page), 'utf8');
/** As GitHub makes their anchors. */
const headingsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();

describe.each(pages)('%s', page => {
  const text = read(page);

  test('links to pages that are there', () => {
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(targets.filter(target => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  test('links to headings that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    const wrong = links.filter(([, target = '', heading = '']) => {
      const other = target === '' ? text : read(join(dirname(page), target));
      return !headingsOf(other).includes(heading);
    });
    expect(wrong.map(([link]) => link)).toEqual([]);
  });

  test('calls a decision by the number that its file has', () => {
    const calls = [...text.matchAll(/\[(?:decision )?(\d{4})\]\([^)]*?(\d{4})-[^)]*\)/g)];
    expect(calls.filter(([, called, number]) => called !== number).map(([call]) => call)).toEqual([]);
  });

  test('names files that are there', () => {
    const named = [...text.matchAll(/`((?:src|test|docs|schema|bench|\.ci)\/[\w./-]+)`/g)].map(([, path = '']) => path);
    expect(named.filter(path => !existsSync(join(root, path)))).toEqual([]);
  });

  test('quotes code as it stands in the file that it names', () => {
    const quotes = [...text.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)];
    const wrong = quotes.filter(([, path = '', code = '']) => !squeeze(read(path)).includes(squeeze(code)));
    expect(wrong.map(([, path]) => path)).toEqual([]);
  });
});

test('a number of a decision is used once, and stands in its title', () => {
  const decisions = globSync('docs/decisions/*.md', { cwd: root }).sort();
  const numbers = decisions.map(page => basename(page).slice(0, 4));
  expect(numbers).toEqual(decisions.map((_, index) => String(index + 1).padStart(4, '0')));
  expect(decisions.map(page => read(page).slice(0, 8))).toEqual(numbers.map(number => `# ${number}: `));
});

test('docs/plugins.md has a row for every plugin', () => {
  const plugins = [...read('plugins/index.ts').matchAll(/^export .*\b(use[A-Z]\w+) \} from/gm)].map(
    ([, name = '']) => name,
  );
  expect(plugins).toHaveLength(globSync('plugins/use-*.ts', { cwd: root }).length);
  expect(plugins.filter(name => !read('docs/plugins.md').includes(`| \`${name}(`))).toEqual([]);
});

test('docs/adding-a-store.md has one row for every contract, with implementations that are there', () => {
  const contracts = [...read('src/testing/index.ts').matchAll(/\b(\w+StoreContract) \}/g)].map(([, name = '']) => name);
  const rows = [...read('docs/adding-a-store.md').matchAll(/^\| `\w+Store` \|.*\|(.*)\| `(\w+)` \|$/gm)];
  expect(rows.map(([, , contract]) => contract).sort()).toEqual(contracts.sort());
  const files = rows.flatMap(([, files = '']) => [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file));
  expect(files.filter(file => !existsSync(join(root, 'src/stores', file)))).toEqual([]);
});
