import { createHmac } from 'node:crypto';
import type { Config } from './config.ts';
import type { ChangeHints } from './gateway/change-hints.ts';
import type { NodeMessages } from './gateway/core.ts';
import { joinNodes } from './gateway/join-nodes.ts';
import { confirmWithinMs } from './gateway/node-registry.ts';
import { type Nodes, singleNode } from './gateway/nodes.ts';
import type { PolicyBook } from './gateway/policy-book.ts';
import { uuidV7 } from './gateway/uuid-v7.ts';
import type { AccessControl } from './identity/access-control.ts';
import type { Clock } from './model/clock.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';
import type { Stores } from './stores/sql/stores.ts';

export interface OpenNodesOptions {
  readonly config: Config;
  readonly nodeId: string;
  readonly stores: Stores;
  /** Absent: the policies come from elsewhere. */
  readonly book: PolicyBook | undefined;
  readonly access: AccessControl;
  readonly redis: RedisClient | undefined;
  readonly clock: Clock;
  readonly onFault: (cause: unknown) => void;
}

const channel = 'tollgate:changes';

/** What others may change counts for so long without a look; nothing is given where this node alone writes. */
export function confirmation({ database }: Config): { readonly confirmWithinMs?: number } {
  return database.kind === 'postgres' ? { confirmWithinMs } : {};
}

/**
 * Joins the nodes of the installation, where its database can have several.
 *
 * @throws {GatewayError} CONFLICT where another process runs as this node; STORE_UNAVAILABLE.
 */
export async function openNodes(options: OpenNodesOptions): Promise<Nodes> {
  const { config, nodeId, stores, book, access, redis, clock, onFault } = options;
  if (config.database.kind === 'sqlite') return singleNode(nodeId, book);
  return await joinNodes({
    store: stores.nodes,
    ...(book === undefined ? {} : { policies: book }),
    access: access.changes,
    ...(redis === undefined ? {} : { hints: hintsOver(redis) }),
    clock,
    id: nodeId,
    bootId: uuidV7(clock.now()),
    onFault,
  });
}

const messageChannel = 'tollgate:messages';

/** What nodes ask each other, over Redis, signed with a key of the installation. */
export function messagesOver(redis: RedisClient, key: Uint8Array): NodeMessages {
  return {
    tell: text => redis.publish(messageChannel, text),
    listen: listener => redis.subscribe(messageChannel, listener),
    sign: text => createHmac('sha256', key).update(text).digest('base64url'),
  };
}

function hintsOver(redis: RedisClient): ChangeHints {
  return {
    tell: text => redis.publish(channel, text),
    listen: listener => redis.subscribe(channel, listener),
  };
}
