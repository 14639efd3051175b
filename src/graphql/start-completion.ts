import { badInput, GatewayError } from '../errors.ts';
import type { CompletionRun, RunOptions } from '../gateway/gateway.ts';
import { checkIdempotencyKey } from '../model/idempotency-key.ts';
import type { Principal } from '../model/principal.ts';
import type { Governance } from './context.ts';
import { type ReadingOptions, readCompleteInput } from './input/read-complete-input.ts';
import type { CompleteInput } from './resolvers.generated.ts';
import { underInput } from './under-input.ts';

export interface StartOptions extends ReadingOptions {
  /** What the run is booked as having come by. Default: what the transport says, else GRAPHQL. */
  readonly entrance?: RunOptions['entrance'];
}

/**
 * Begins a completion for whoever asks, the same for the schema's own fields and for a host's resolvers.
 *
 * @throws {GatewayError} As `Governance.principal` and `Gateway.run`; CANCELLED where the caller has left already.
 */
export async function startCompletion(
  governance: Governance,
  input: CompleteInput,
  { entrance = governance.entrance ?? 'GRAPHQL', ...reading }: StartOptions,
): Promise<CompletionRun> {
  const { gateway, requestId, traceparent, hold, signal } = governance;
  const principal = await governance.principal();
  // Routers rename operations.
  const read = readCompleteInput(input, { ...reading, ...nameOf(principal) });
  const request = { ...read, ...(hold === undefined ? {} : { hold }) };
  const { idempotencyKey, detach = false } = input;
  if (detach && !reading.stream) throw badInput('input.detach', 'only a subscription can be detached');
  if (idempotencyKey != null) checkIdempotencyKey('input.idempotencyKey', idempotencyKey);
  if (signal.aborted) throw new GatewayError('CANCELLED', 'The caller has left.');
  const options: RunOptions = {
    entrance,
    requestId,
    detach,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  return await underInput(() =>
    idempotencyKey == null
      ? gateway.run(principal, request, options)
      : gateway.runOnce(principal, request, { ...options, idempotencyKey }),
  );
}

function nameOf({ workload }: Principal): Pick<ReadingOptions, 'operationName'> {
  return workload === undefined ? {} : { operationName: workload };
}
