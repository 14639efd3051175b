import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { CompletionEvent } from '../../model/completion.ts';
import { prefixedField, prefixedType, type SchemaNames } from '../rename-schema.ts';

/** An event whose type is written without execution. */
type Delta = Extract<CompletionEvent, { readonly type: 'text' | 'reasoning' | 'refusal' | 'tool-call' }>;

/** Writes the execution result of a delta as JSON: `{"data":{"complete":{…}}}`. Undefined for events of other types. */
export type DeltaWriter = (event: CompletionEvent) => string | undefined;

/** Makes the writer for one request's variables. Undefined where they need the executor's own judgement. */
export type CompiledProjection = (variables: Readonly<Record<string, unknown>> | undefined) => DeltaWriter | undefined;

/** A variable that must have this value for the field to be there. */
interface Condition {
  readonly variable: string;
  readonly value: boolean;
}

interface ProjectedField {
  readonly responseKey: string;
  readonly name: string;
  readonly conditions: readonly Condition[];
}

const textMembers: ReadonlySet<string> = new Set(['completionId', 'seq', 'text']);
const toolCallMembers: ReadonlySet<string> = new Set(['completionId', 'seq', 'index', 'id', 'name', 'arguments']);

const deltaTypes = {
  text: { typeName: 'TextDelta', members: textMembers },
  reasoning: { typeName: 'ReasoningDelta', members: textMembers },
  refusal: { typeName: 'RefusalDelta', members: textMembers },
  'tool-call': { typeName: 'ToolCallDelta', members: toolCallMembers },
} as const satisfies Record<Delta['type'], { readonly typeName: string; readonly members: ReadonlySet<string> }>;

const deltaKinds = Object.keys(deltaTypes) as readonly Delta['type'][];

/**
 * Compiles what a subscription to `complete` selects of the four delta types: plain leaves, aliases, `__typename`,
 * fragments, and `@skip` or `@include` by literal or variable.
 *
 * @returns Undefined for every other subscription and selection; those are executed.
 */
export function compileProjection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  names: SchemaNames,
): CompiledProjection | undefined {
  const [root, ...others] = operation.selectionSet.selections;
  if (root?.kind !== Kind.FIELD || others.length > 0 || (root.directives ?? []).length > 0) return undefined;
  if (root.selectionSet === undefined || (operation.directives ?? []).length > 0) return undefined;
  const field = schema.getSubscriptionType()?.getFields()[root.name.value];
  if (field === undefined || root.name.value !== prefixedField('complete', names)) return undefined;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);

  const fieldsByKind = new Map<Delta['type'], readonly ProjectedField[]>();
  for (const kind of deltaKinds) {
    const { typeName, members } = deltaTypes[kind];
    const applies = new Set([prefixedType(typeName, names), prefixedType('CompletionEvent', names)]);
    const fields = collect(root.selectionSet, { fragments, applies, members }, []);
    if (fields === undefined) return undefined;
    fieldsByKind.set(kind, fields);
  }
  const key = JSON.stringify(root.alias?.value ?? root.name.value);
  return bind(fieldsByKind, operation, key, names);
}

interface CollectContext {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The types that the event is of. */
  readonly applies: ReadonlySet<string>;
  readonly members: ReadonlySet<string>;
}

/** The fields for one concrete type in the order of the selection; undefined where one is not a plain leaf. */
function collect(
  selectionSet: SelectionSetNode,
  context: CollectContext,
  outer: readonly Condition[],
): readonly ProjectedField[] | undefined {
  const fields: ProjectedField[] = [];
  for (const selection of selectionSet.selections) {
    const own = readConditions(selection.directives ?? []);
    if (own === undefined) return undefined;
    if (own === 'never') continue;
    const conditions = [...outer, ...own];
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      const responseKey = selection.alias?.value ?? name;
      if (name !== '__typename' && !context.members.has(name)) return undefined;
      fields.push({ responseKey, name, conditions });
      continue;
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? context.fragments.get(selection.name.value) : selection;
    if (fragment === undefined) return undefined;
    // A directive on the definition itself is not one of ours to understand.
    if (fragment.kind === Kind.FRAGMENT_DEFINITION && (fragment.directives ?? []).length > 0) return undefined;
    const condition = fragment.typeCondition?.name.value;
    if (condition !== undefined && !context.applies.has(condition)) continue;
    const inner = collect(fragment.selectionSet, context, conditions);
    if (inner === undefined) return undefined;
    fields.push(...inner);
  }
  return fields;
}

function readConditions(directives: readonly DirectiveNode[]): readonly Condition[] | 'never' | undefined {
  const conditions: Condition[] = [];
  let isNever = false;
  for (const directive of directives) {
    const isInclude = directive.name.value === 'include';
    if (!isInclude && directive.name.value !== 'skip') return undefined;
    const value = directive.arguments?.find(argument => argument.name.value === 'if')?.value;
    if (value?.kind === Kind.BOOLEAN) isNever ||= value.value !== isInclude;
    else if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, value: isInclude });
    else return undefined;
  }
  return isNever ? 'never' : conditions;
}

function bind(
  fieldsByKind: ReadonlyMap<Delta['type'], readonly ProjectedField[]>,
  operation: OperationDefinitionNode,
  key: string,
  names: SchemaNames,
): CompiledProjection {
  const variables = new Set<string>();
  for (const fields of fieldsByKind.values()) {
    for (const { conditions } of fields) for (const { variable } of conditions) variables.add(variable);
  }
  const defaults = new Map<string, unknown>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue?.kind === Kind.BOOLEAN) defaults.set(variable.name.value, defaultValue.value);
  }
  const unconditional = variables.size === 0 ? createWriter(fieldsByKind, key, names) : undefined;
  if (unconditional !== undefined) return () => unconditional;

  return given => {
    const values = new Map<string, boolean>();
    for (const name of variables) {
      const value = given !== undefined && Object.hasOwn(given, name) ? given[name] : defaults.get(name);
      if (typeof value !== 'boolean') return undefined;
      values.set(name, value);
    }
    const chosen = [...fieldsByKind].map(
      ([kind, fields]) =>
        [
          kind,
          fields.filter(field => field.conditions.every(({ variable, value }) => values.get(variable) === value)),
        ] as const,
    );
    return createWriter(new Map(chosen), key, names);
  };
}

type Segment = string | ((event: Delta) => string);

function createWriter(
  fieldsByKind: ReadonlyMap<Delta['type'], readonly ProjectedField[]>,
  key: string,
  names: SchemaNames,
): DeltaWriter {
  const segments = new Map<CompletionEvent['type'], readonly Segment[]>();
  for (const [kind, fields] of fieldsByKind) segments.set(kind, segmentsOf(kind, fields, key, names));
  return event => {
    const found = segments.get(event.type);
    if (found === undefined) return undefined;
    let json = '';
    for (const segment of found) json += typeof segment === 'string' ? segment : segment(event as Delta);
    return json;
  };
}

/** Static text is joined, so that an event costs one concatenation per value. */
function segmentsOf(
  kind: Delta['type'],
  fields: readonly ProjectedField[],
  key: string,
  names: SchemaNames,
): readonly Segment[] {
  const segments: Segment[] = [];
  let text = `{"data":{${key}:{`;
  const seen = new Set<string>();
  for (const { responseKey, name } of fields) {
    if (seen.has(responseKey)) continue;
    text += `${seen.size === 0 ? '' : ','}${JSON.stringify(responseKey)}:`;
    seen.add(responseKey);
    if (name === '__typename') {
      text += JSON.stringify(prefixedType(deltaTypes[kind].typeName, names));
      continue;
    }
    segments.push(text, jsonOf(name));
    text = '';
  }
  segments.push(`${text}}}}`);
  return segments;
}

function jsonOf(name: string): (event: Delta) => string {
  return event => {
    const value = (event as unknown as Readonly<Record<string, unknown>>)[name];
    return value === undefined ? 'null' : JSON.stringify(value);
  };
}
