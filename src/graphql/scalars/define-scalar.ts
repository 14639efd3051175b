import { GraphQLError, GraphQLScalarType, valueFromASTUntyped } from 'graphql';

export interface ScalarDefinition {
  readonly name: string;
  readonly description: string;
  /** From a JSON value. Throws a TypeError with what is wrong. */
  read(value: unknown): unknown;
  /** To a JSON value. Throws a TypeError for what the gateway itself got wrong. */
  write(value: unknown): unknown;
}

/** A strict scalar whose literals and variables are read by the same function. */
export function defineScalar({ name, description, read, write }: ScalarDefinition): GraphQLScalarType {
  const readInput = (value: unknown): unknown => {
    try {
      return read(value);
    } catch (error) {
      if (error instanceof TypeError) throw new GraphQLError(`${name}: ${error.message}`);
      throw error;
    }
  };
  return new GraphQLScalarType({
    name,
    description,
    serialize: write,
    parseValue: readInput,
    parseLiteral: (node, variables) => readInput(valueFromASTUntyped(node, variables)),
  });
}
