import { buildSchema, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { markFields } from '../../../src/graphql/sensitive/marked-fields.ts';
import { type AnswerPart, createAnswerProjector } from '../../../src/graphql/sensitive/project-increments.ts';
import { selectionIn } from '../../../src/graphql/sensitive/selection.ts';
import type { ValueInspector } from '../../../src/privacy/inspect-value.ts';

const schema = buildSchema(`
  type Query { person: Person, people: [Person!], log: [String!] }
  type Person { id: ID! secret: String! friends: [Person!]! }
`);
const marked = markFields(schema, ['Person.secret', 'Query.log']);
const query =
  '{ p: person { id ...D @defer friends { id s: secret } } people { secret } log } fragment D on Person { id hidden: secret }';

/** Replaces what is planted; blocks where that is asked for. */
const replacing: ValueInspector = value => {
  const text = JSON.stringify(value);
  if (text.includes('never')) return { blockedKind: 'KIND' };
  return { value: text.includes('planted') ? JSON.parse(text.replaceAll('planted', '[X]')) : value };
};

function project(...parts: readonly AnswerPart[]): readonly AnswerPart[] {
  const selection = selectionIn(schema, parse(query), undefined, marked);
  if (selection === undefined) throw new Error('nothing is selected');
  const projector = createAnswerProjector(selection);
  return parts.map(part => projector(part, replacing));
}

describe('a part of an answer that comes later', () => {
  test('is held by its path, for objects and for entries of a list', () => {
    expect(
      project({
        incremental: [
          { path: ['p'], data: { id: 'planted id', hidden: 'planted' } },
          { path: ['p', 'friends', 2], items: [{ id: '1', s: 'planted' }] },
          { path: ['log', 3], items: ['planted', 'clean'] },
        ],
      } as AnswerPart),
    ).toEqual([
      {
        incremental: [
          { path: ['p'], data: { id: 'planted id', hidden: '[X]' } },
          { path: ['p', 'friends', 2], items: [{ id: '1', s: '[X]' }] },
          { path: ['log', 3], items: ['[X]', 'clean'] },
        ],
      },
    ]);
  });

  test('is held by the number that announced it, with what follows its path', () => {
    const parts = project(
      {
        data: { p: { id: '1' } },
        pending: [
          { id: '0', path: ['p'] },
          { id: '1', path: ['log'] },
        ],
      } as AnswerPart,
      {
        incremental: [
          { id: '0', data: { hidden: 'planted' } },
          { id: '0', subPath: ['friends', 0], data: { s: 'planted' } },
        ],
      } as AnswerPart,
      { incremental: [{ id: '1', items: ['planted'] }], completed: [{ id: '1' }] } as AnswerPart,
    );
    expect(JSON.stringify(parts)).not.toContain('planted');
    expect(parts[1]).toEqual({
      incremental: [
        { id: '0', data: { hidden: '[X]' } },
        { id: '0', subPath: ['friends', 0], data: { s: '[X]' } },
      ],
    });
  });

  test('is null where something blocked cannot be, and says where', () => {
    const [part] = project({ incremental: [{ path: ['p', 'friends', 1], data: { s: 'never' } }] } as AnswerPart);
    expect(part?.incremental).toMatchObject([{ data: null, errors: [{ path: ['p', 'friends', 1, 's'] }] }]);
  });

  test('is let through nowhere that the operation does not select, nor without a place', () => {
    for (const part of [
      { path: ['q'], data: { secret: 'planted' } },
      { id: '7', data: { secret: 'planted' } },
      { data: { secret: 'planted' } },
      { path: [], items: ['planted'] },
    ]) {
      expect(() => project({ incremental: [part] } as AnswerPart)).toThrow(TypeError);
    }
  });

  test('has its errors and extensions looked at as well', () => {
    const [part] = project({ data: { log: null }, extensions: { trace: ['planted'] } });
    expect(part).toEqual({ data: { log: null }, extensions: { trace: ['[X]'] } });
  });
});
