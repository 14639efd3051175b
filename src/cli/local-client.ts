import { randomUUID } from 'node:crypto';
import { type DocumentNode, type ExecutionResult, execute, parse, subscribe } from 'graphql';
import type { Config } from '../config.ts';
import { createGateway } from '../create-gateway.ts';
import { createGovernance } from '../graphql/context.ts';
import { buildTollgateSchema, standaloneNames } from '../graphql/schema.ts';
import { lockStateDir } from '../stores/state-lock.ts';
import type { GraphClient, GraphResult } from './graph-client.ts';
import { readResult } from './read-result.ts';

/** Opens the state itself, where no server runs on it, and acts as the local administrator. */
export async function localClient(config: Config): Promise<GraphClient> {
  const lock = await lockStateDir(config.stateDir);
  // Beside a server of this name, on another state folder, where they share a database.
  const nodeId = `${config.nodeId}-command-${process.pid}`;
  const gateway = await createGateway({ config, nodeId, lock }).catch(async (fault: unknown) => {
    await lock.release();
    throw fault;
  });
  const schema = buildTollgateSchema();

  function contextFor(signal: AbortSignal) {
    const principal = gateway.access.localAdministrator();
    const facts = { principal, requestId: randomUUID(), signal, entrance: 'COMMAND_LINE' } as const;
    const { access, administration } = gateway;
    const options = { gateway, access, ...(administration === undefined ? {} : { administration }) };
    return { governance: createGovernance(options, facts) };
  }

  function operation(text: string, variableValues: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    const document: DocumentNode = parse(text);
    return { schema, document, variableValues, contextValue: contextFor(signal) };
  }

  return {
    names: standaloneNames,
    async query(document, variables, signal) {
      return readResult(asResult(await execute(operation(document, variables, signal))));
    },
    async *subscribe<T>(document: string, variables: Readonly<Record<string, unknown>>, signal: AbortSignal) {
      const results = await subscribe(operation(document, variables, signal));
      if (!(Symbol.asyncIterator in results)) return void readResult(asResult(results));
      const leave = () => void results.return?.(undefined);
      signal.addEventListener('abort', leave, { once: true });
      for await (const result of results) yield readResult<T>(asResult(result));
      signal.throwIfAborted();
    },
    publicKeys: gateway.publicKeys,
    async close() {
      await gateway.drain(0);
      await gateway.close();
      await lock.release();
    },
  };
}

function asResult({ data, errors }: ExecutionResult): GraphResult {
  return {
    data,
    ...(errors === undefined
      ? {}
      : {
          errors: errors.map(({ message, extensions, originalError }) => ({
            message,
            extensions: { code: extensions.code ?? (originalError as { code?: unknown } | undefined)?.code },
          })),
        }),
  };
}
