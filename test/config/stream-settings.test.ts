import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';

function load(yaml: string) {
  return loadConfig({
    env: {},
    cwd: '/srv',
    readFile: path => (path === '/srv/tollgate.yaml' ? yaml : undefined),
  }).streams;
}

describe('how streams are delivered', () => {
  test('is read for all and for single workloads', () => {
    expect(
      load('handoff: terminate\nhold: none\nworkloads: { a.b: { hold: complete }, chat: { handoff: restart } }'),
    ).toEqual({
      handoff: 'TERMINATE',
      hold: 'NONE',
      workloads: { 'a.b': { hold: 'COMPLETE' }, chat: { handoff: 'RESTART' } },
    });
    expect(load('')).toEqual({ workloads: {} });
  });

  test.each([
    ['handoff: always', /tollgate\.yaml: handoff: /],
    ['hold: true', /tollgate\.yaml: hold: /],
    [
      'workloads: { chat: { handof: continue } }',
      /workloads\.chat\.handof: is not a known setting, did you mean "handoff"/,
    ],
    ['workloads: { "a b": {} }', /workloads/],
  ])('is refused where it is wrong: %s', (yaml, line) => {
    expect(() => load(yaml)).toThrow(line);
  });
});
