import fc from 'fast-check';
import { execute, Kind, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { compileProjection } from '../../../src/graphql/plans/projection.ts';
import { buildTollgateSchema } from '../../../src/graphql/schema.ts';
import type { CompletionEvent } from '../../../src/model/completion.ts';

const names = { typePrefix: '', fieldPrefix: '' };
const prefixes = { typePrefix: 'Ai', fieldPrefix: 'ai' };

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\u2028', '\ud800', '</script>', '__proto__'),
);
const base = { completionId: text, seq: fc.nat(1_000_000) };
const delta: fc.Arbitrary<CompletionEvent> = fc.oneof(
  fc.record({ type: fc.constantFrom('text', 'reasoning', 'refusal'), ...base, text }),
  fc.record({ type: fc.constant('tool-call'), ...base, index: fc.nat(20), arguments: text }),
  fc.record({ type: fc.constant('tool-call'), ...base, index: fc.nat(20), id: text, name: text, arguments: text }),
) as fc.Arbitrary<CompletionEvent>;

const alias = fc.constantFrom('', 'a: ', 'b: ', 'seqAlias: ');
const directive = fc.constantFrom(
  '',
  '',
  '',
  ' @include(if: true)',
  ' @include(if: false)',
  ' @skip(if: true)',
  ' @skip(if: $yes)',
  ' @include(if: $yes)',
  ' @include(if: $no)',
  ' @skip(if: $no) @include(if: $yes)',
);
const leaf = (members: readonly string[]) =>
  fc.tuple(alias, fc.constantFrom(...members), directive).map(([as, name, when]) => `${as}${name}${when}`);
const common = leaf(['__typename', 'completionId', 'seq']);
const ofText = leaf(['__typename', 'completionId', 'seq', 'text']);
const ofCall = leaf(['__typename', 'seq', 'index', 'id', 'name', 'arguments']);

function selectionFor(typePrefix: string): fc.Arbitrary<string> {
  const on = (name: string, fields: fc.Arbitrary<string>) =>
    fc
      .tuple(directive, fc.array(fields, { minLength: 1, maxLength: 4 }))
      .map(([when, all]) => `... on ${typePrefix}${name}${when} { ${all.join(' ')} }`);
  const part = fc.oneof(
    common,
    on('CompletionEvent', common),
    on('TextDelta', ofText),
    on('ReasoningDelta', ofText),
    on('RefusalDelta', ofText),
    on('ToolCallDelta', ofCall),
    fc
      .tuple(directive, fc.array(common, { minLength: 1, maxLength: 3 }))
      .map(([when, all]) => `...${when} { ${all.join(' ')} }`),
    fc.constant('...Common'),
    fc.constant(`... on ${typePrefix}CompletionFinished { completion { id } }`),
  );
  return fc.array(part, { minLength: 1, maxLength: 6 }).map(parts => parts.join('\n'));
}

for (const given of [names, prefixes]) {
  const schema = buildTollgateSchema({ names: given });
  const field = given.fieldPrefix === '' ? 'complete' : 'aiComplete';
  test(`writes deltas as graphql would execute them, byte for byte (type prefix "${given.typePrefix}")`, () => {
    let projected = 0;
    fc.assert(
      fc.property(
        selectionFor(given.typePrefix),
        fc.array(delta, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (selection, events, flipped) => {
          const document = parse(`
          fragment Common on ${given.typePrefix}CompletionEvent { seq when: completionId }
          subscription Read($yes: Boolean! = true, $no: Boolean!) {
            answer: ${field}(input: { messages: [{ role: USER, text: "x" }] }) { ...Common ${selection} }
          }`);
          fc.pre(validate(schema, document).length === 0);
          const operation = document.definitions.find(node => node.kind === Kind.OPERATION_DEFINITION);
          if (operation === undefined) throw new Error('no operation');
          const variables = flipped ? { yes: false, no: true } : { no: false };
          const write = compileProjection(schema, document, operation, given)?.(variables);
          if (write === undefined) throw new Error('not projected');
          for (const event of events) {
            const executed = execute({
              schema,
              document,
              rootValue: event,
              contextValue: {},
              variableValues: variables,
            });
            expect(write(event)).toBe(JSON.stringify(executed));
            projected += 1;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(projected).toBeGreaterThan(300);
  });
}

describe('leaves to the executor', () => {
  const schema = buildTollgateSchema();
  const input = '(input: { messages: [{ role: USER, text: "x" }] })';
  const cases = {
    'a root field under a directive': `subscription ($on: Boolean!) { complete${input} @include(if: $on) { seq } }`,
    'another subscription': 'subscription { completionEvents(id: "1") { seq } }',
    'a root field in a fragment': `subscription { ... on Subscription { complete${input} { seq } } }`,
  };
  for (const [name, source] of Object.entries(cases)) {
    test(name, () => {
      const document = parse(source);
      const [operation] = document.definitions;
      if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
      expect(compileProjection(schema, document, operation, names)).toBeUndefined();
    });
  }

  test('a condition whose variable is no boolean', () => {
    const document = parse(`subscription ($on: Boolean = true) { complete${input} { seq @include(if: $on) } }`);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
    const projection = compileProjection(schema, document, operation, names);
    expect(projection?.({ on: null })).toBeUndefined();
    expect(projection?.({})).toBeDefined();
  });

  test('events that are no deltas', () => {
    const document = parse(`subscription { complete${input} { seq } }`);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
    const write = compileProjection(schema, document, operation, names)?.({});
    expect(
      write?.({
        type: 'accepted',
        completionId: '1',
        seq: 0,
        route: { candidates: [], policies: [], findings: [], workload: '' },
      }),
    ).toBeUndefined();
  });
});
