import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SeveralNodes } from '../support/several-nodes.ts';
import { until } from '../support/until.ts';
import { drawLoss, type FaultKind, planFault } from './fault-plan.ts';
import type { Boot, InjectedFault } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Place } from './soak-callers.ts';

export interface FaultInjection {
  readonly faults: readonly InjectedFault[];
  readonly boots: readonly Boot[];
  /** Where Redis has put away what it had when it was emptied, oldest first. */
  readonly lostFolders: readonly string[];
  /** Processes that listen, also those that are stopped. */
  places(): readonly Place[];
  /** Injects so many faults, one after the other or a few at once; resolves when all processes run again. */
  inject(count: number, onFault: (fault: InjectedFault, number: number) => void): Promise<void>;
}

export interface FaultInjectionOptions {
  readonly installation: SeveralNodes;
  readonly random: SeededRandom;
  /** Told of what a process wrote, when it has ended. */
  readonly onEnded: (name: string, log: string) => void;
}

const mostStartMs = 90_000;

/** Takes over the processes of an installation, to break and mend them. */
export function createFaultInjection({ installation, random, onEnded }: FaultInjectionOptions): FaultInjection {
  const { redis, postgres, nodes } = installation;
  const faults: InjectedFault[] = [];
  const boots: { -readonly [Member in keyof Boot]: Boot[Member] }[] = [];
  const bootOf = new Map<string, number>();
  const busy = new Set<string>();
  const away = new Set<string>();
  const lostFolders: string[] = [];
  const running = new Set<Promise<void>>();
  let lastLossAt = Number.NEGATIVE_INFINITY;
  let lastWipeAt = Number.NEGATIVE_INFINITY;
  let nextLoss = drawLoss(random);
  for (const { id } of nodes) enter(id);

  function enter(nodeId: string): void {
    bootOf.set(nodeId, boots.length);
    boots.push({ nodeId, startedAt: Date.now() });
  }

  function nodeOf(id: string) {
    const node = nodes.find(each => each.id === id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  async function end(id: string, signal: 'SIGKILL' | 'SIGTERM', ending: NonNullable<Boot['ending']>): Promise<void> {
    const { serve } = nodeOf(id);
    const number = bootOf.get(id) ?? 0;
    const boot = boots[number];
    if (boot === undefined) return;
    if (signal === 'SIGKILL') away.add(id);
    boot.endedAt = Date.now();
    boot.ending = ending;
    serve.process.kill(signal);
    const { out, error } = await serve.ended;
    away.add(id);
    boot.endedAt = Date.now();
    onEnded(`${id}-${number}`, out + error);
  }

  /** A start may meet a database that is away: it ends then, and is tried again, as by whoever supervises it. */
  async function start(id: string): Promise<void> {
    const limit = Date.now() + mostStartMs;
    for (;;) {
      try {
        await installation.start(id);
        break;
      } catch (fault) {
        if (Date.now() > limit) throw fault;
        await delay(500);
      }
    }
    enter(id);
    away.delete(id);
  }

  async function breakAndMend(kind: FaultKind, target: string, awayMs: number): Promise<void> {
    switch (kind) {
      case 'node-kill':
      case 'node-wipe':
        await end(target, 'SIGKILL', kind === 'node-wipe' ? 'WIPED' : 'KILLED');
        if (kind === 'node-wipe') await rm(nodeOf(target).stateDir, { recursive: true });
        await delay(awayMs);
        return await start(target);
      case 'node-restart':
        await end(target, 'SIGTERM', 'STOPPED');
        return await start(target);
      case 'node-stop':
        nodeOf(target).serve.process.kill('SIGSTOP');
        await delay(awayMs);
        nodeOf(target).serve.process.kill('SIGCONT');
        return;
      case 'redis-stop':
        await redis.kill('SIGSTOP');
        await delay(awayMs);
        return await redis.kill('SIGCONT');
      case 'redis-kill':
      case 'redis-empty':
        await redis.kill('SIGKILL');
        if (kind === 'redis-empty') {
          const lost = join(redis.folder, `lost-${lostFolders.length}`);
          await rename(join(redis.folder, 'appendonlydir'), lost);
          lostFolders.push(lost);
        }
        await delay(awayMs);
        return await redis.restart();
      case 'postgres-kill':
        await postgres.kill('SIGKILL');
        await delay(awayMs);
        return await postgres.restart();
      case 'postgres-stop':
        await postgres.kill('SIGSTOP');
        await delay(awayMs);
        return await postgres.kill('SIGCONT');
    }
  }

  return {
    faults,
    boots,
    lostFolders,
    places: () =>
      nodes.filter(({ id }) => !away.has(id)).map(({ id, serve }) => ({ url: serve.url, boot: bootOf.get(id) ?? 0 })),
    async inject(count, onFault) {
      const broken: unknown[] = [];
      while (faults.length < count && broken.length === 0) {
        await delay(random.whole(500, 5_500));
        const planned = planFault(random, {
          now: Date.now(),
          nodes: nodes.map(({ id }) => id).filter(id => !busy.has(id)),
          nodesNeeded: 1,
          isRedisFree: !busy.has('redis'),
          isPostgresFree: !busy.has('postgres'),
          lastLossAt,
          lastWipeAt,
          nextLoss,
        });
        if (planned === undefined) continue;
        const { kind, target, awayMs } = planned;
        const from = Date.now();
        if (kind === 'redis-empty') lastLossAt = from;
        if (kind === 'node-wipe') lastWipeAt = from;
        if (kind === 'redis-empty' || kind === 'node-wipe') nextLoss = drawLoss(random);
        const fault = { kind, target, from, to: from };
        faults.push(fault);
        onFault(fault, faults.length);
        busy.add(target);
        const done = breakAndMend(kind, target, awayMs)
          .catch(cause => void broken.push(cause))
          .finally(() => {
            fault.to = Date.now();
            busy.delete(target);
            running.delete(done);
          });
        running.add(done);
      }
      await until('all processes run', () => running.size === 0, 2 * mostStartMs);
      if (broken.length > 0) throw broken[0];
    },
  };
}
