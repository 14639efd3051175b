import {
  type ConstDirectiveNode,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** The fields and arguments of one schema that are marked as sensitive. */
export interface MarkedFields {
  /** Whether nothing is marked at all. */
  readonly isEmpty: boolean;
  /** An argument of a field of this type: marked itself, or on an interface or an implementation of it. */
  isArgument(typeName: string, field: string, argument: string): boolean;
  /** A field of an input type; or of an object or interface, marked itself or on what that may turn out to be. */
  isField(typeName: string, field: string): boolean;
  /** Whether values of an input type may hold a marked field, at any depth. */
  carries(type: GraphQLInputType): boolean;
}

const directiveName = 'sensitive';

/** What a schema declares, where it marks with a directive. */
export const sensitiveDirective =
  'directive @sensitive on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION';

/**
 * Finds what is marked: by coordinate (`Query.ask.q`, also written `Query.ask(q:)`; `AskInput.text`; `Answer.text`), and
 * by `@sensitive`.
 *
 * @throws {TypeError} That names the coordinate which the schema lacks.
 */
export function markFields(schema: GraphQLSchema, coordinates: readonly string[] | undefined): MarkedFields {
  const marked = new Set(
    coordinates === undefined
      ? []
      : [...coordinates.map(coordinate => resolve(schema, coordinate)), ...byDirective(schema)],
  );
  for (const mark of [...marked]) for (const below of implementing(schema, mark)) marked.add(below);
  for (const mark of [...marked]) for (const above of implemented(schema, mark)) marked.add(above);
  const carriers = carriersIn(schema, marked);
  return {
    isEmpty: marked.size === 0,
    isArgument: (typeName, field, argument) => marked.has(`${typeName}.${field}.${argument}`),
    isField: (typeName, field) => marked.has(`${typeName}.${field}`),
    carries: type => carriers.has(getNamedType(type).name),
  };
}

/** In one form: with dots alone. */
function resolve(schema: GraphQLSchema, coordinate: string): string {
  const match = /^(\w+)\.(\w+)(?:\.(\w+)|\((\w+):\))?$/.exec(coordinate);
  const [, typeName = '', field = '', dotted, called] = match ?? [];
  const argument = dotted ?? called;
  const type = schema.getType(typeName);
  if (match !== null && isInputObjectType(type) && argument === undefined && field in type.getFields()) {
    return `${typeName}.${field}`;
  }
  if (match !== null && hasFields(type)) {
    const found = type.getFields()[field];
    const isThere = argument === undefined || found?.args.some(({ name }) => name === argument);
    if (found !== undefined && isThere === true) {
      return argument === undefined ? `${typeName}.${field}` : `${typeName}.${field}.${argument}`;
    }
  }
  throw new TypeError(`sensitive: the schema has nothing at ${JSON.stringify(coordinate)}`);
}

function byDirective(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap()).flatMap(type => {
    if (isInputObjectType(type)) {
      return Object.values<GraphQLInputField>(type.getFields())
        .filter(isMarked)
        .map(({ name }) => `${type.name}.${name}`);
    }
    if (!hasFields(type)) return [];
    return Object.values(type.getFields()).flatMap(field => [
      ...(isMarked(field) ? [`${type.name}.${field.name}`] : []),
      ...field.args.filter(isMarked).map(({ name }) => `${type.name}.${field.name}.${name}`),
    ]);
  });
}

interface Definition {
  readonly astNode?: { readonly directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Schemas that are written in code have their directives among the extensions. */
function isMarked({ astNode, extensions }: Definition): boolean {
  if (astNode?.directives?.some(({ name }) => name.value === directiveName) === true) return true;
  const directives = extensions?.directives;
  if (Array.isArray(directives)) return directives.some(directive => directive?.name === directiveName);
  return typeof directives === 'object' && directives !== null && directiveName in directives;
}

/** The same place on everything that implements the interface. */
function implementing(schema: GraphQLSchema, mark: string): readonly string[] {
  const [type, rest] = placeOf(schema, mark);
  if (!isInterfaceType(type)) return [];
  const { objects, interfaces } = schema.getImplementations(type);
  return [...objects, ...interfaces].map(({ name }) => `${name}.${rest}`);
}

/** The same place on all that the type may be asked for as. */
function implemented(schema: GraphQLSchema, mark: string): readonly string[] {
  const [type, rest] = placeOf(schema, mark);
  return isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().map(({ name }) => `${name}.${rest}`) : [];
}

function placeOf(schema: GraphQLSchema, mark: string): readonly [GraphQLNamedType | undefined, string] {
  const dot = mark.indexOf('.');
  return [schema.getType(mark.slice(0, dot)), mark.slice(dot + 1)];
}

/** The input types that hold a marked field, or another that does; types may hold themselves. */
function carriersIn(schema: GraphQLSchema, marked: ReadonlySet<string>): ReadonlySet<string> {
  const carriers = new Set<string>();
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  for (let size = -1; size < carriers.size; ) {
    size = carriers.size;
    for (const type of inputs) {
      const fields = Object.values<GraphQLInputField>(type.getFields());
      const carries = ({ name, type: inner }: GraphQLInputField) =>
        marked.has(`${type.name}.${name}`) || carriers.has(getNamedType(inner).name);
      if (fields.some(carries)) carriers.add(type.name);
    }
  }
  return carriers;
}

function hasFields(type: GraphQLNamedType | undefined) {
  return isObjectType(type) || isInterfaceType(type);
}
