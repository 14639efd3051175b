import { GatewayError, OperatorReason } from '../../errors.ts';

/** STORE_UNAVAILABLE, whatever Redis or the way to it said: what was asked may have taken effect all the same. */
export function redisUnavailable(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('STORE_UNAVAILABLE', 'The counters cannot be reached.', { cause: reasonOf(error) });
}

/** What an operator is to know of an error; the original holds what was sent, and maybe a password. */
export function reasonOf(error: unknown): Error {
  if (!(error instanceof Error)) return new OperatorReason('unknown');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return new OperatorReason((code ?? error.message).slice(0, 200));
}

/** Says whether Redis does not know the script: it was restarted, or its scripts were flushed. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
