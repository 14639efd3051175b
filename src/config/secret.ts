/** A value that logging, inspecting and serialising never show. */
export interface Secret {
  /** The value itself, for the one place that uses it. */
  reveal(): string;
  toJSON(): string;
  toString(): string;
}

const shown = '[secret]';
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/** Wraps a value so that only `reveal` gives it back. */
export function createSecret(value: string): Secret {
  const secret = {
    reveal: () => value,
    toJSON: () => shown,
    toString: () => shown,
    [inspectSymbol]: () => shown,
  };
  return Object.freeze(secret);
}
