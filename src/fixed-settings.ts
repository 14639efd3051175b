import type { Config } from './config.ts';
import { badInput } from './errors.ts';

/** What the server holds from its start on: a reload that changes one of these is refused, not half taken. */
const fixedAtStart = [
  'host',
  'port',
  'migrate',
  'stateDir',
  'nodeId',
  'names',
  'graphql',
  'logLevel',
  'telemetry',
  'receipts',
  'budgets',
  'federation',
] as const;

/** @throws {GatewayError} BAD_USER_INPUT where a setting differs that is taken at the start only. */
export function refuseFixedChanges(config: Config, next: Config): void {
  const isMoved = placeOf(config) !== placeOf(next);
  const changed = isMoved
    ? 'DATABASE_URL'
    : fixedAtStart.find(setting => JSON.stringify(config[setting]) !== JSON.stringify(next[setting]));
  if (changed !== undefined) throw badInput(changed, 'changes with a new start only, so nothing was taken');
}

/** Secrets look all the same when they are written out. */
function placeOf({ database, redisUrl }: Config): string {
  return JSON.stringify([database.kind === 'sqlite' ? database.path : database.url.reveal(), redisUrl?.reveal()]);
}
