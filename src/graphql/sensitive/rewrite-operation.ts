import {
  type ASTNode,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { ValueInspector } from '../../privacy/inspect-value.ts';
import { createLiteralLifter, literalValue } from './lift-literals.ts';
import type { MarkedFields } from './marked-fields.ts';
import { placeOfArgument } from './marked-places.ts';
import type { InputPlace } from './redact-input.ts';
import { withoutSource } from './without-source.ts';

/** What is executed. */
export interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * The operation with its sensitive inputs as the rules leave them, whatever of variables, defaults, literals, aliases,
 * fragments and directives the client used: each becomes a variable of its own.
 *
 * What it no longer needs is gone with what it held: variables, other operations, and the text of the document.
 *
 * @throws {GatewayError} CONTENT_BLOCKED.
 */
export function rewriteOperation(
  schema: GraphQLSchema,
  operation: Operation,
  marked: MarkedFields,
  inspect: ValueInspector,
): Operation {
  const { document, operationName, variableValues } = operation;
  const node = getOperationAST(document, operationName);
  if (node == null) return operation;
  const rawValue = rawValuesOf(node, variableValues ?? {});
  const taken = new Set((node.variableDefinitions ?? []).map(({ variable }) => variable.name.value));
  const lifter = createLiteralLifter({ marked, inspect, rawValue, taken });
  const needed: DocumentNode = { kind: Kind.DOCUMENT, definitions: document.definitions.filter(isNeeded(node)) };
  const rewritten = rewriteArguments(schema, needed, marked, lifter.rewrite);
  const used = variablesIn(rewritten);
  const kept = (node.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const variableDefinitions = [...kept, ...lifter.definitions];
  const definitions = rewritten.definitions.map(definition =>
    definition.kind === Kind.OPERATION_DEFINITION ? { ...definition, variableDefinitions } : definition,
  );
  const keptValues = Object.entries(variableValues ?? {}).filter(([name]) => taken.has(name) && used.has(name));
  return {
    ...operation,
    document: withoutSource({ ...document, definitions }),
    variableValues: { ...Object.fromEntries(keptValues), ...lifter.values },
  };
}

function isNeeded(operation: OperationDefinitionNode) {
  return (definition: DefinitionNode) => definition.kind !== Kind.OPERATION_DEFINITION || definition === operation;
}

/** A variable without a value is what its default says. */
function rawValuesOf(operation: OperationDefinitionNode, sent: Readonly<Record<string, unknown>>) {
  const definitions = new Map(
    (operation.variableDefinitions ?? []).map(definition => [definition.variable.name.value, definition]),
  );
  return (name: string): unknown => {
    const definition = definitions.get(name);
    if (definition === undefined) return undefined;
    if (Object.hasOwn(sent, name) && sent[name] !== undefined) return sent[name];
    return definition.defaultValue === undefined ? undefined : literalValue(definition.defaultValue);
  };
}

function rewriteArguments(
  schema: GraphQLSchema,
  document: DocumentNode,
  marked: MarkedFields,
  rewrite: (value: ValueNode, place: InputPlace) => ValueNode,
): DocumentNode {
  const typeInfo = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Argument(node) {
        const place = placeOfArgument(typeInfo, node.name.value, marked);
        return place === undefined ? undefined : { ...node, value: rewrite(node.value, place) };
      },
    }),
  ) as DocumentNode;
}

/** Those that something stands for, in fields, fragments and directives. */
function variablesIn(document: DocumentNode): ReadonlySet<string> {
  const used = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable({ name }: Extract<ASTNode, { kind: Kind.VARIABLE }>) {
      used.add(name.value);
    },
  });
  return used;
}
