import {
  type GraphQLInputType,
  type GraphQLOutputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isSpecifiedScalarType,
} from 'graphql';
import { GatewayError } from '../../errors.ts';
import type { ValueInspector } from '../../privacy/inspect-value.ts';
import type { MarkedFields } from './marked-fields.ts';

/** The type of a place in the input, and whether all that stands there is sensitive. */
export interface InputPlace {
  readonly type: GraphQLInputType;
  readonly isSensitive: boolean;
}

/**
 * A value of a variable as the rules leave it, in the places of it that are marked.
 *
 * @throws {GatewayError} CONTENT_BLOCKED where a rule blocks it, or nothing of its type could stand in its place.
 */
export function redactInput(
  value: unknown,
  { type, isSensitive }: InputPlace,
  marked: MarkedFields,
  inspect: ValueInspector,
): unknown {
  if (value === null || value === undefined || !(isSensitive || marked.carries(type))) return value;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const place = { type: nullable.ofType, isSensitive };
    return Array.isArray(value)
      ? value.map(entry => redactInput(entry, place, marked, inspect))
      : redactInput(value, place, marked, inspect);
  }
  if (isInputObjectType(nullable) && isPlainObject(value)) {
    const fields = nullable.getFields();
    const members = Object.entries(value).map(([name, member]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      // A member that the type lacks is refused by GraphQL, whose message tells its name.
      if (field === undefined) return [name, member];
      const place = { type: field.type, isSensitive: isSensitive || marked.isField(nullable.name, name) };
      return [name, redactInput(member, place, marked, inspect)];
    });
    return Object.fromEntries(members);
  }
  return isSensitive ? redactWhole(value, type, inspect) : value;
}

/** A value that is sensitive as a whole. @throws {GatewayError} As `redactInput`. */
export function redactWhole(value: unknown, type: GraphQLInputType, inspect: ValueInspector): unknown {
  const inspected = inspect(value);
  if ('blockedKind' in inspected) throw blockedContent(inspected.blockedKind, 'The input');
  const { value: left } = inspected;
  if (left !== value && !takesText(type)) throw irreplaceableContent('The input');
  return left;
}

/** Told by its kind alone. */
export function blockedContent(kind: string, where: 'The input' | 'The answer'): GatewayError {
  return new GatewayError('CONTENT_BLOCKED', `${where} holds what a content rule blocks: ${kind}.`);
}

/** What a rule replaces stands where no text can: it is refused. */
export function irreplaceableContent(where: 'The input' | 'The answer'): GatewayError {
  return new GatewayError('CONTENT_BLOCKED', `${where} holds what a content rule replaces, where no text can stand.`);
}

/** Whether a text that stands for what was found is a value of the type. */
export function takesText(type: GraphQLInputType | GraphQLOutputType): boolean {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return takesText(nullable.ofType as GraphQLInputType | GraphQLOutputType);
  if (isEnumType(nullable)) return false;
  return !isSpecifiedScalarType(nullable) || nullable.name === 'String' || nullable.name === 'ID';
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
