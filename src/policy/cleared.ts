declare const cleared: unique symbol;

/**
 * A request that policy evaluation has passed, for the endpoint in it.
 *
 * The brand exists in types only, and the one function that sets it is `clear` in `evaluate.ts`: a provider can not be
 * called with anything else.
 */
export type Cleared<T> = T & { readonly [cleared]: true };
