import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { MarkedFields } from './marked-fields.ts';
import type { InputPlace } from './redact-input.ts';

/** Whether a document has anything sensitive in it. */
export interface MarkedPlaces {
  readonly inInput: boolean;
  readonly inAnswer: boolean;
}

/** Tells whether a document has anything sensitive in it, by the types of the schema, in all of its operations and fragments. */
export function findMarkedPlaces(schema: GraphQLSchema, document: DocumentNode, marked: MarkedFields): MarkedPlaces {
  const typeInfo = new TypeInfo(schema);
  let inInput = false;
  let inAnswer = false;
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field({ name }) {
        const parent = typeInfo.getParentType();
        if (parent != null && marked.isField(parent.name, name.value)) inAnswer = true;
      },
      Argument({ name }) {
        if (placeOfArgument(typeInfo, name.value, marked) !== undefined) inInput = true;
      },
    }),
  );
  return { inInput, inAnswer };
}

/** The argument that a visitor is at, of a field or a directive; undefined where nothing in it can be sensitive. */
export function placeOfArgument(typeInfo: TypeInfo, name: string, marked: MarkedFields): InputPlace | undefined {
  const type = typeInfo.getInputType();
  if (type == null) return undefined;
  const field = typeInfo.getDirective() == null ? typeInfo.getFieldDef()?.name : undefined;
  const isSensitive = field !== undefined && marked.isArgument(typeInfo.getParentType()?.name ?? '', field, name);
  return isSensitive || marked.carries(type) ? { type, isSensitive } : undefined;
}
