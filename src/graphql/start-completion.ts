import { GatewayError } from '../errors.ts';
import type { CompletionRun, RunOptions } from '../gateway/gateway.ts';
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
  const { gateway, requestId, traceparent, signal } = governance;
  const principal = await governance.principal();
  // Routers rename operations.
  const request = readCompleteInput(input, { ...reading, ...nameOf(principal) });
  if (signal.aborted) throw new GatewayError('CANCELLED', 'The caller has left.');
  return underInput(() =>
    gateway.run(principal, request, {
      entrance,
      requestId,
      ...(traceparent === undefined ? {} : { traceparent }),
    }),
  );
}

function nameOf({ workload }: Principal): Pick<ReadingOptions, 'operationName'> {
  return workload === undefined ? {} : { operationName: workload };
}
