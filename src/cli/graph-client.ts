import type { PublicKey } from '../gateway/signing-keys.ts';
import type { SchemaNames } from '../graphql/rename-schema.ts';

/** GraphQL operations against a gateway, wherever it runs. */
export interface GraphClient {
  /** What the gateway's schema puts before its names. */
  readonly names: SchemaNames;
  /** @throws {CommandError} With the first error's message and code. */
  query<T>(document: string, variables: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<T>;
  /** Yields the data of each event. Leaving the loop, or aborting, cancels the operation. */
  subscribe<T>(document: string, variables: Readonly<Record<string, unknown>>, signal: AbortSignal): AsyncIterable<T>;
  /** What receipts and heads of the audit log can be verified with. */
  publicKeys(): Promise<readonly PublicKey[]>;
  close(): Promise<void>;
}

/** A result of GraphQL as it comes over the wire. */
export interface GraphResult {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: unknown } }[];
}
