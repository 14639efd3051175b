import { GatewayError } from '../../errors.ts';
import type { CompletionStatus } from '../../model/completion.ts';
import {
  type ClaimAnswer,
  type IdempotencyClaim,
  type IdempotencyStore,
  type IdempotencyTimes,
  usualIdempotencyTimes,
} from '../idempotency-store.ts';
import type { RedisClient } from './redis-client.ts';
import { idempotencyScript } from './scripts/idempotency.ts';

export interface RedisIdempotencyStoreOptions extends IdempotencyTimes {
  readonly redis: RedisClient;
}

/** Idempotency keys of all nodes, by the clock of Redis: one key each, `{tollgate:once:<hash>}`. */
export function redisIdempotencyStore({ redis, ...times }: RedisIdempotencyStoreOptions): IdempotencyStore {
  const { leaseMs, keptMs, attendedMs } = { ...usualIdempotencyTimes, ...times };

  async function run(claim: IdempotencyClaim, mode: string, ...values: readonly (string | number)[]) {
    const { key, input, completionId } = claim;
    const answer = await redis.run({
      script: idempotencyScript,
      keys: [`{tollgate:once:${key}}`],
      arguments: [mode, input, completionId, ...values],
    });
    return Array.isArray(answer) ? answer.map(String) : [];
  }

  const claiming = ({ isLogged, waitsFor = '' }: IdempotencyClaim) =>
    [isLogged ? 1 : 0, waitsFor, leaseMs, attendedMs, keptMs] as const;

  return {
    leaseMs,
    claim: async claim => answerOf(await run(claim, 'CLAIM', ...claiming(claim))),
    async renew(claim) {
      const [isHeld, isAttended] = await run(claim, 'RENEW', ...claiming(claim));
      return { isHeld: isHeld === '1', isAttended: isAttended === '1' };
    },
    async end(claim, { completionId, status, cost }) {
      await run(claim, 'END', completionId, status, cost.toString());
    },
    async release(claim) {
      await run(claim, 'RELEASE');
    },
  };
}

function answerOf([state, completionId = '', third = '', cost = '0']: readonly string[]): ClaimAnswer {
  switch (state) {
    case 'claimed':
      return { state, ...(completionId === '' ? {} : { replaced: completionId }) };
    case 'mismatch':
      return { state };
    case 'running':
      return { state, completionId, isLogged: third === '1' };
    case 'ended':
      return { state, completionId, status: third as CompletionStatus, cost: BigInt(cost) };
    default:
      throw new GatewayError('STORE_UNAVAILABLE', 'Redis answered what is not known.');
  }
}
