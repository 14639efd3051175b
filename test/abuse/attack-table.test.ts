import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/attacks.md'), 'utf8');
const rows = page.split('\n').filter(line => /^\| (?!attack \|)[^-]/.test(line));

test('every attack has a verdict, and a test that is there under the words that are quoted', () => {
  expect(rows.length).toBeGreaterThan(45);
  const wrong = rows.filter(row => {
    const [, attack = '', verdict = '', where = ''] = row.split(/(?<!\\)\|/).map(cell => cell.trim());
    const [, file = '', words = ''] = /^`([^`]+)`: (.+)$/.exec(where) ?? [];
    if (attack === '' || verdict === '' || !existsSync(join(root, file))) return true;
    return words === '' || !readFileSync(join(root, file), 'utf8').includes(words);
  });
  expect(wrong).toEqual([]);
});

/** The same attacks on another server, on the whole one, and this table. */
const without = ['yoga-abuse', 'whole-server', 'attack-table'];

test('every file of attacks is in the table', () => {
  const files = globSync('test/abuse/*.test.ts', { cwd: root }).map(file => basename(file, '.test.ts'));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter(name => !without.includes(name) && !page.includes(`test/abuse/${name}`))).toEqual([]);
});
