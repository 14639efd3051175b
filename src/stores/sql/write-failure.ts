import { GatewayError, OperatorReason } from '../../errors.ts';

/** Why a database did not do what it was asked. `fault` concerns the whole database; the others one write. */
export interface WriteFailure {
  readonly kind: 'unique' | 'reference' | 'constraint' | 'fault';
  /** Names tables and columns, never values. */
  readonly message: string;
}

/** What a caller sees of it. */
export function failureError({ kind, message }: WriteFailure): GatewayError {
  const cause = new OperatorReason(message);
  if (kind === 'unique') return new GatewayError('CONFLICT', 'this exists already', { cause });
  if (kind === 'reference') return new GatewayError('CONFLICT', 'this refers to what does not exist', { cause });
  if (kind === 'fault') return new GatewayError('STORE_UNAVAILABLE', 'the store could not be reached', { cause });
  return new GatewayError('STORE_UNAVAILABLE', 'the store refused this entry', { cause, retryable: false });
}
