import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import { createDispatcher, type DispatcherOptions } from '../../providers/dispatcher.ts';
import type { WebhookFigures, WebhookOutcome } from '../alert-metrics.ts';
import { type PostResult, postWebhook, type RunningPost } from './post-webhook.ts';
import { maxTries, retryDelayMs } from './retry-delay.ts';
import { signWebhook } from './sign-webhook.ts';

/** Where webhooks go, and how: what a reload may change. */
export interface ReceiverTarget {
  readonly url: URL;
  readonly key: Uint8Array;
  readonly timeoutMs: number;
  readonly connection: Pick<DispatcherOptions, 'proxy' | 'certificates'>;
}

/** What is sent: the same bytes, and the same id, in every try and to every receiver. */
export interface WebhookMessage {
  readonly id: string;
  readonly body: string;
}

export interface ReceiverSurroundings {
  readonly clock: Clock;
  /** Spreads retries: from 0 to less than 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly figures: WebhookFigures;
}

/** One receiver's own queue and connections: what it does or fails to do is felt by no other. */
export interface Receiver {
  send(message: WebhookMessage): void;
  /** What waits goes there from the next try on. */
  retarget(target: ReceiverTarget): void;
  /** Takes no more, tries what waits once more at once, and resolves when all of it is settled. */
  stop(): Promise<void>;
  /** Takes no more, drops what waits, and resolves when what is under way is settled. */
  retire(): Promise<void>;
  /** After `stop` or `retire`: hangs up, and drops what is left. */
  cut(): void;
}

/** More than so many are not kept for one receiver; further ones are dropped. */
export const maxWaiting = 1_000;
const maxUnderWay = 4;

interface Delivery {
  readonly message: WebhookMessage;
  tries: number;
  /** By the monotonic clock, when it is tried next. */
  dueAt: number;
}

/** Opens connections to one receiver, and sends it what it is given, with retries. */
export function createReceiver(first: ReceiverTarget, surroundings: ReceiverSurroundings): Receiver {
  const { clock, random, log, figures } = surroundings;
  const waiting = new Set<Delivery>();
  const underWay = new Map<Delivery, RunningPost>();
  const { promise: emptied, resolve: tellEmptied } = Promise.withResolvers<void>();
  let target = first;
  let dispatcher = open(first);
  let name = first.url.origin;
  let mode: 'OPEN' | 'LAST_TRY' | 'LEAVING' = 'OPEN';
  /** No sooner is anything sent, where the receiver asked for that. */
  let pausedUntil = 0;
  let cancelTimer = (): void => {};
  figures.known(name);

  function pump(): void {
    cancelTimer();
    while (underWay.size < maxUnderWay) {
      const next = earliest(waiting);
      if (next === undefined) break;
      const inMs = mode === 'OPEN' ? Math.max(next.dueAt, pausedUntil) - clock.monotonicMs() : 0;
      if (inMs > 0) {
        cancelTimer = clock.after(inMs, pump);
        return;
      }
      post(next);
    }
    if (mode !== 'OPEN' && waiting.size === 0 && underWay.size === 0) tellEmptied();
  }

  function post(delivery: Delivery): void {
    const { url, key, timeoutMs } = target;
    const { id, body } = delivery.message;
    waiting.delete(delivery);
    delivery.tries += 1;
    const headers = {
      'user-agent': 'tollgate',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      ...signWebhook(key, id, clock.now(), body),
    };
    const { origin, pathname, search } = url;
    const running = postWebhook(dispatcher, { origin, path: pathname + search, headers, body, timeoutMs }, clock);
    underWay.set(delivery, running);
    void running.result.then(result => {
      underWay.delete(delivery);
      judge(delivery, result);
      pump();
    });
  }

  function judge(delivery: Delivery, { verdict, status, fault, retryAfterMs }: PostResult): void {
    const { tries } = delivery;
    const facts = { receiver: name, webhookId: delivery.message.id, tries, status, fault };
    if (verdict === 'TAKEN') {
      settle('DELIVERED');
      log.debug(facts, 'a webhook was delivered');
    } else if (verdict === 'REFUSED' || (mode === 'OPEN' && tries >= maxTries)) {
      settle('FAILED');
      log.error(facts, 'a webhook was given up');
    } else if (mode !== 'OPEN') {
      settle('DROPPED');
      log.warn(facts, 'a webhook was dropped');
    } else {
      const delayMs = retryDelayMs(tries, random(), retryAfterMs);
      const now = clock.monotonicMs();
      delivery.dueAt = now + delayMs;
      // What it asks for, it asks for all that comes.
      if (retryAfterMs !== undefined) pausedUntil = Math.max(pausedUntil, now + retryAfterMs);
      waiting.add(delivery);
      const level = tries === 1 ? 'warn' : 'debug';
      log[level]({ ...facts, retryInMs: Math.ceil(delayMs) }, 'a webhook was not taken, and is tried again');
    }
  }

  function settle(outcome: WebhookOutcome): void {
    figures.settled(name, outcome);
  }

  function dropWaiting(): void {
    for (const { message, tries } of waiting) {
      settle('DROPPED');
      log.warn({ receiver: name, webhookId: message.id, tries }, 'a webhook was dropped');
    }
    waiting.clear();
  }

  async function leave(next: 'LAST_TRY' | 'LEAVING'): Promise<void> {
    if (mode !== 'LEAVING') mode = next;
    if (mode === 'LEAVING') dropWaiting();
    pump();
    await emptied;
    // Answers may still be coming in whose heads have said enough.
    void dispatcher.destroy().catch(() => {});
  }

  return {
    send(message) {
      if (mode !== 'OPEN' || waiting.size + underWay.size >= maxWaiting) {
        figures.turnedAway(name);
        log.warn({ receiver: name, webhookId: message.id, tries: 0 }, 'a webhook was dropped');
        return;
      }
      figures.accepted(name);
      waiting.add({ message, tries: 0, dueAt: clock.monotonicMs() });
      pump();
    },
    retarget(next) {
      // What is under way ends on the connections that it began with.
      void dispatcher.close().catch(() => {});
      target = next;
      dispatcher = open(next);
      name = next.url.origin;
    },
    stop: () => leave('LAST_TRY'),
    retire: () => leave('LEAVING'),
    cut() {
      mode = 'LEAVING';
      dropWaiting();
      for (const running of underWay.values()) running.cancel();
      pump();
    },
  };
}

function open({ url, timeoutMs, connection }: ReceiverTarget): ReturnType<typeof createDispatcher> {
  return createDispatcher({ origin: url.origin, connectMs: timeoutMs, ...connection });
}

function earliest(deliveries: ReadonlySet<Delivery>): Delivery | undefined {
  let found: Delivery | undefined;
  for (const delivery of deliveries) {
    if (found === undefined || delivery.dueAt < found.dueAt) found = delivery;
  }
  return found;
}
