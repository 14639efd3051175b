import {
  type GraphQLInputType,
  GraphQLNonNull,
  type GraphQLNullableType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  Kind,
  parseType,
  type ValueNode,
  type VariableDefinitionNode,
  type VariableNode,
} from 'graphql';
import type { ValueInspector } from '../../privacy/inspect-value.ts';
import type { MarkedFields } from './marked-fields.ts';
import { type InputPlace, redactInput, redactWhole } from './redact-input.ts';

/** Rewrites the values of one operation, and gathers the variables that come of it. */
export interface LiteralLifter {
  /** The value as it may stand there. @throws {GatewayError} CONTENT_BLOCKED. */
  rewrite(value: ValueNode, place: InputPlace): ValueNode;
  readonly definitions: readonly VariableDefinitionNode[];
  readonly values: Readonly<Record<string, unknown>>;
}

export interface LiteralLifterOptions {
  readonly marked: MarkedFields;
  readonly inspect: ValueInspector;
  /** The value of a variable as the client sent it, or its default; undefined where there is neither. */
  readonly rawValue: (name: string) => unknown;
  /** Names that variables of the operation have. */
  readonly taken: ReadonlySet<string>;
}

/** Makes a lifter: what is sensitive and stands in the document becomes a variable, and what is in variables a further one. */
export function createLiteralLifter({ marked, inspect, rawValue, taken }: LiteralLifterOptions): LiteralLifter {
  const definitions: VariableDefinitionNode[] = [];
  const values: Record<string, unknown> = {};
  /** One that stands in many places is looked at once. */
  const lifted = new Map<string, ValueNode>();

  function lift(value: unknown, type: GraphQLInputType): ValueNode {
    let name = `tollgate_${definitions.length + 1}`;
    while (taken.has(name)) name = `${name}_`;
    const declared = new GraphQLNonNull(getNullableType(type) as GraphQLNullableType & GraphQLInputType);
    const variable = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } as const;
    definitions.push({
      kind: Kind.VARIABLE_DEFINITION,
      variable,
      type: parseType(String(declared), { noLocation: true }),
    });
    values[name] = value;
    return variable;
  }

  function rewriteVariable(node: VariableNode, place: InputPlace): ValueNode {
    const name = node.name.value;
    const raw = rawValue(name);
    if (raw === undefined || raw === null) return node;
    const key = `${name} ${String(place.type)} ${place.isSensitive}`;
    const known = lifted.get(key) ?? lift(redactInput(raw, place, marked, inspect), place.type);
    lifted.set(key, known);
    return known;
  }

  function rewrite(node: ValueNode, place: InputPlace): ValueNode {
    const { type, isSensitive } = place;
    if (node.kind === Kind.NULL || !(isSensitive || marked.carries(type))) return node;
    if (node.kind === Kind.VARIABLE) return rewriteVariable(node, place);
    const nullable = getNullableType(type);
    // One value stands for lists of any depth; that of a scalar is lifted as them, since no variable is put into lists.
    if (isListType(nullable) && (node.kind === Kind.LIST || isInputObjectType(getNamedType(nullable)))) {
      const inner = { type: nullable.ofType, isSensitive };
      if (node.kind !== Kind.LIST) return rewrite(node, inner);
      return { ...node, values: node.values.map(value => rewrite(value, inner)) };
    }
    if (isInputObjectType(nullable) && node.kind === Kind.OBJECT) {
      const known = nullable.getFields();
      return {
        ...node,
        fields: node.fields.map(field => {
          const name = field.name.value;
          const inner = known[name]?.type;
          if (inner === undefined) return field;
          const isMarked = isSensitive || marked.isField(nullable.name, name);
          return { ...field, value: rewrite(field.value, { type: inner, isSensitive: isMarked }) };
        }),
      };
    }
    if (!isSensitive || node.kind === Kind.BOOLEAN || isEnumType(nullable)) return node;
    return lift(redactWhole(literalValue(node, rawValue), type, inspect), type);
  }

  return { rewrite, definitions, values };
}

/** A literal as a client would have sent it in a variable. */
export function literalValue(node: ValueNode, rawValue: (name: string) => unknown = () => undefined): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return exactNumber(node.value);
    case Kind.LIST:
      return node.values.map(value => literalValue(value, rawValue) ?? null);
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields
          .map(({ name, value }) => [name.value, literalValue(value, rawValue)])
          .filter(([, value]) => value !== undefined),
      );
    case Kind.VARIABLE:
      return rawValue(node.name.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
  }
}

/** Digits that a number would lose stay a text, which scalars for large numbers take as well. */
function exactNumber(written: string): number | string {
  const value = Number(written);
  return /^-?\d+$/.test(written) && !Number.isSafeInteger(value) ? written : value;
}
