import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CredentialPool, createCredentialPool } from '../../src/routing/credential-pool.ts';

const names = ['1', '2', 'batch'];
const all = () => true;

function pool(of: readonly string[] = names): CredentialPool<string> {
  return createCredentialPool(of.map(name => ({ name, use: `adapter of ${name}` })));
}

function begin(of: CredentialPool<string>): readonly [name: string, end: () => void] {
  const chosen = of.choose(all);
  if (chosen === undefined) throw new Error('nothing was chosen');
  return [chosen.name, of.begin(chosen.name)];
}

describe('a pool of credentials', () => {
  test('uses them in turn', () => {
    const keys = pool();
    const used = Array.from({ length: 6 }, () => {
      const [name, end] = begin(keys);
      end();
      return name;
    });
    expect(used).toEqual(['1', '2', 'batch', '1', '2', 'batch']);
  });

  test('lets a key rest for rejections without a reason only at the third in a row, and tells of the first', () => {
    const keys = pool();
    const reject = (at: number) =>
      keys.rejected({ name: '1', endpointId: 'model@one', isDoubtful: true, startedAt: at, at });
    expect([reject(0), reject(1)]).toEqual([true, false]);
    keys.accepted('1', 'model@one');
    reject(2);
    reject(3);
    expect(keys.isResting('1', 'model@one', 4)).toBe(false);
    reject(5);
    expect(keys.isResting('1', 'model@one', 6)).toBe(true);
  });

  test('prefers the one with the fewest calls under way', () => {
    const keys = pool();
    const [first] = begin(keys);
    const [second, endSecond] = begin(keys);
    begin(keys);
    endSecond();
    endSecond();
    expect([first, second]).toEqual(['1', '2']);
    expect([begin(keys)[0], begin(keys)[0]]).toEqual(['2', '1']);
  });

  test('keeps calls even within one of each other, however they begin and end', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), script => {
        const keys = pool();
        const running = new Map<string, (() => void)[]>(names.map(name => [name, []]));
        for (const begins of script) {
          if (begins) {
            const [name, end] = begin(keys);
            running.get(name)?.push(end);
          } else {
            // The busiest has one less.
            [...running.values()].sort((left, right) => right.length - left.length)[0]?.pop()?.();
          }
          const counts = [...running.values()].map(({ length }) => length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('lets a rejected one rest everywhere, for twice as long each time, up to an hour', () => {
    const keys = pool();
    let now = 0;
    const rests = Array.from({ length: 8 }, () => {
      keys.rejected({ name: '1', startedAt: now, at: now });
      const began = now;
      while (keys.isResting('1', 'model@one', now)) now += 1_000;
      return (now - began) / 60_000;
    });
    expect(rests).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(keys.isResting('2', 'model@one', 0)).toBe(false);
  });

  test('does not count what was sent before it rested, or as a last resort while it did', () => {
    const keys = pool();
    keys.rejected({ name: '1', startedAt: 0, at: 1_000 });
    for (let count = 0; count < 20; count++) keys.rejected({ name: '1', startedAt: 500 * count, at: 30_000 });
    expect(keys.isResting('1', 'model@one', 61_001)).toBe(false);
  });

  test('rests for one endpoint alone where that is what was refused', () => {
    const keys = pool();
    keys.rejected({ name: '1', endpointId: 'model@one', startedAt: 0, at: 0 });
    expect(keys.isResting('1', 'model@one', 1)).toBe(true);
    expect(keys.isResting('1', 'model@two', 1)).toBe(false);
    expect([keys.isRestingSomewhere('1', 1), keys.isRestingSomewhere('2', 1)]).toEqual([true, false]);
    keys.accepted('1', 'model@two');
    expect(keys.isResting('1', 'model@one', 1)).toBe(true);
    keys.accepted('1', 'model@one');
    expect(keys.isResting('1', 'model@one', 1)).toBe(false);
  });

  test('begins with a minute again once it was accepted', () => {
    const keys = pool();
    keys.rejected({ name: '1', startedAt: 0, at: 0 });
    keys.rejected({ name: '1', startedAt: 60_000, at: 60_000 });
    keys.accepted('1', 'model@one');
    expect(keys.isResting('1', 'model@one', 60_001)).toBe(false);
    keys.rejected({ name: '1', startedAt: 70_000, at: 70_000 });
    expect(keys.isResting('1', 'model@one', 129_999)).toBe(true);
    expect(keys.isResting('1', 'model@one', 130_000)).toBe(false);
  });

  test('has somebody told the first time, and once an hour while it goes on', () => {
    const keys = pool();
    const told = Array.from({ length: 130 }, (_, minute) => {
      const at = minute * 60_000;
      keys.accepted('1', 'model@one');
      return keys.rejected({ name: '1', startedAt: at, at }) ? minute : undefined;
    });
    expect(told.filter(minute => minute !== undefined)).toEqual([0, 60, 120]);
    expect(keys.rejected({ name: '2', startedAt: 0, at: 0 })).toBe(true);
  });

  test('refuses two of the same name', () => {
    expect(() => pool(['1', '1'])).toThrow(/same name/);
  });
});
