import { expect, test } from 'vitest';
import { createBoundedMap } from '../../src/model/bounded-map.ts';

test('a full map forgets what was used longest ago, and peeking is no use', () => {
  const map = createBoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  expect(map.peek('b')).toBe(2);
  map.set('c', 3);
  expect([map.peek('a'), map.peek('b'), map.peek('c')]).toEqual([1, undefined, 3]);
  map.set('a', 4);
  map.delete('c');
  map.set('d', 5);
  expect([map.peek('a'), map.peek('c'), map.peek('d')]).toEqual([4, undefined, 5]);
});
