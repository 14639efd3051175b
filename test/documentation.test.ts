import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const pages = ['README.md', ...globSync(['docs/**/*.md', 'examples/**/*.md'], { cwd: root })].sort();
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();

describe.each(pages)('%s', page => {
  const text = read(page);

  test('links to pages that are there', () => {
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(targets.filter(target => !existsSync(join(root, dirname(page), target)))).toEqual([]);
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
