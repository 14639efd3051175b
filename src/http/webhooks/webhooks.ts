import type { GatewayObserver } from '../../gateway/observer.ts';
import type { Alert } from '../../model/alert.ts';
import { alertFacts, isoInstant } from '../alert-facts.ts';
import { createReceiver, type Receiver, type ReceiverSurroundings, type ReceiverTarget } from './receiver.ts';
import { readSigningKey } from './sign-webhook.ts';

export interface WebhookSettings {
  /** http or https, without credentials. */
  readonly url: string;
  /** At least 32 bytes, as they are or as `whsec_` and their base64. */
  readonly secret: string;
  /** Which alerts are sent there. */
  readonly events: readonly Alert['type'][];
  readonly timeoutMs: number;
}

/** Tells alerts to programs of the operator's own. */
export interface Webhooks {
  readonly observer: GatewayObserver;
  /** Replaces all settings. What waits for a URL that stays goes on waiting; for one that is gone it is dropped. */
  reconfigure(settings: readonly WebhookSettings[], connection: ReceiverTarget['connection']): void;
  /** Tries what waits once more, for a few seconds at most; what is left then is dropped. */
  close(): Promise<void>;
}

/** How long the last tries may take altogether, in milliseconds. */
const lastTriesMs = 5_000;

/** Starts to send alerts to these receivers, each independent of the others. */
export function createWebhooks(
  first: readonly WebhookSettings[],
  connection: ReceiverTarget['connection'],
  surroundings: ReceiverSurroundings,
): Webhooks {
  let receivers: ReadonlyMap<string, Receiver> = new Map();
  let settings: readonly WebhookSettings[] = [];
  const retiring = new Set<Receiver>();
  let closed: Promise<void> | undefined;

  function reconfigure(next: readonly WebhookSettings[], nextConnection: ReceiverTarget['connection']): void {
    if (closed !== undefined) return;
    const targets = next.map(entry => targetOf(entry, nextConnection));
    const kept = new Map<string, Receiver>();
    for (const target of targets) {
      const known = receivers.get(target.url.href);
      known?.retarget(target);
      kept.set(target.url.href, known ?? createReceiver(target, surroundings));
    }
    for (const [href, receiver] of receivers) if (!kept.has(href)) retire(receiver);
    receivers = kept;
    settings = next;
  }

  function retire(receiver: Receiver): void {
    retiring.add(receiver);
    void receiver.retire().then(() => retiring.delete(receiver));
  }

  async function close(): Promise<void> {
    const leaving = [...receivers.values(), ...retiring];
    const cancelTimer = surroundings.clock.after(lastTriesMs, () => {
      for (const receiver of leaving) receiver.cut();
    });
    await Promise.all(leaving.map(receiver => receiver.stop()));
    cancelTimer();
  }

  reconfigure(first, connection);
  return {
    observer: {
      opened: () => undefined,
      alerted(alert) {
        const message = { id: alert.id, body: bodyOf(alert) };
        for (const { url, events } of settings) {
          if (events.includes(alert.type)) receivers.get(new URL(url).href)?.send(message);
        }
      },
    },
    reconfigure,
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** What a receiver is sent. */
function bodyOf(alert: Alert): string {
  const { type, id, at } = alert;
  return JSON.stringify({ type, id, timestamp: isoInstant(at), data: alertFacts(alert) });
}

function targetOf({ url, secret, timeoutMs }: WebhookSettings, connection: ReceiverTarget['connection']) {
  const key = readSigningKey(secret);
  if (key === undefined) throw new TypeError('secret: at least 32 bytes, as they are or as whsec_ and their base64');
  return { url: new URL(url), key, timeoutMs, connection };
}
