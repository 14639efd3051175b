import { describe, expect, test } from 'vitest';
import { createSlots } from '../../src/stream/slots.ts';

describe('slots', () => {
  test('holds what was added until it is taken out, whatever came and went meanwhile', () => {
    const slots = createSlots<{ readonly name: string }>();
    const [first, second, third] = [{ name: 'first' }, { name: 'second' }, { name: 'third' }];
    const removeFirst = slots.add(first);
    const removeSecond = slots.add(second);
    removeFirst();
    slots.add(third);
    expect(new Set(slots.members())).toEqual(new Set([second, third]));
    expect(slots.size).toBe(2);
    removeSecond();
    expect(slots.members()).toEqual([third]);
  });

  test('taking a member out twice leaves its successor in place', () => {
    const slots = createSlots<{ readonly name: string }>();
    const removeFirst = slots.add({ name: 'first' });
    removeFirst();
    const second = { name: 'second' };
    slots.add(second);
    removeFirst();
    expect(slots.members()).toEqual([second]);
    expect(slots.size).toBe(1);
  });

  test('a member that was added again is not taken out by the earlier removal', () => {
    const slots = createSlots<object>();
    const member = {};
    const remove = slots.add(member);
    slots.add(member);
    remove();
    slots.add(member);
    remove();
    expect(slots.size).toBe(2);
  });
});
