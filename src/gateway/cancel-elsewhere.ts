import { randomUUID } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import { fromAmountJson, toAmountJson } from '../model/amount-json.ts';
import type { Clock } from '../model/clock.ts';
import type { Completion } from '../model/completion.ts';
import type { Principal } from '../model/principal.ts';
import type { NodeList, NodeMessages } from './core.ts';

/** What became of a wish to stop a completion, on one node. */
export type CancelAnswer =
  | { readonly state: 'unknown' }
  | { readonly state: 'forbidden' }
  | { readonly state: 'ended'; readonly completion: Completion };

type Caller = Pick<Principal, 'tenantId' | 'projectId' | 'projectPath' | 'apiKeyId' | 'user' | 'roles'>;

type Message =
  | {
      readonly kind: 'cancel';
      readonly id: string;
      readonly completionId: string;
      readonly by: Caller;
      readonly at: number;
    }
  | { readonly kind: 'answer'; readonly id: string; readonly node: string; readonly answer: CancelAnswer };

export interface CancelElsewhereOptions {
  readonly messages: NodeMessages;
  readonly nodes: NodeList;
  readonly clock: Clock;
  /** Stops it where it runs on this node, once that has checked that this caller may. */
  readonly cancelHere: (by: Principal, completionId: string) => Promise<CancelAnswer>;
}

/** Stops completions that run on other nodes, and those of this one for others. */
export interface CancelElsewhere {
  /**
   * @throws {GatewayError} STORE_UNAVAILABLE where not all nodes have answered in time, and none of those that did runs it.
   */
  cancel(by: Principal, completionId: string): Promise<CancelAnswer>;
}

const answerWithinMs = 3_000;
/** Clocks of nodes may differ; what is older is somebody's repetition. */
const freshMs = 60_000;

/**
 * Asks all nodes, over messages that only they can sign. The node that runs a completion checks who asks, since it knows whose
 * it is, and answers once it is booked; the others say that they do not run it.
 */
export function createCancelElsewhere(options: CancelElsewhereOptions): CancelElsewhere {
  const { messages, nodes, clock, cancelHere } = options;
  const asking = new Map<string, (node: string, answer: CancelAnswer) => void>();

  async function tell(message: Message): Promise<void> {
    const text = toAmountJson(message);
    await messages.tell(`${messages.sign(text)} ${text}`);
  }

  function hear(signed: string): void {
    const at = signed.indexOf(' ');
    const text = signed.slice(at + 1);
    if (at === -1 || messages.sign(text) !== signed.slice(0, at)) return;
    const message = fromAmountJson<Message>(text);
    if (message === undefined) return;
    if (message.kind === 'answer') {
      asking.get(message.id)?.(message.node, message.answer);
      return;
    }
    if (Math.abs(clock.now() - message.at) > freshMs || asking.has(message.id)) return;
    const { id, completionId, by } = message;
    void cancelHere(by, completionId)
      .then(answer => tell({ kind: 'answer', id, node: nodes.ownId, answer }))
      .catch(() => {});
  }

  const listening = messages.listen(hear);
  // A node that cannot listen yet subscribes by itself when Redis is back.
  listening.catch(() => {});

  return {
    async cancel({ tenantId, projectId, projectPath, apiKeyId, user, roles }, completionId) {
      const id = randomUUID();
      const missing = new Set(nodes.live.filter(node => node !== nodes.ownId));
      if (missing.size === 0) return { state: 'unknown' };
      const { promise, resolve } = Promise.withResolvers<CancelAnswer | undefined>();
      asking.set(id, (node, answer) => {
        missing.delete(node);
        if (answer.state !== 'unknown') resolve(answer);
        else if (missing.size === 0) resolve(answer);
      });
      const cancelTimer = clock.after(answerWithinMs, () => resolve(undefined));
      try {
        const by: Caller = {
          tenantId,
          projectId,
          projectPath,
          roles,
          ...(apiKeyId === undefined ? {} : { apiKeyId }),
          ...(user === undefined ? {} : { user }),
        };
        await tell({ kind: 'cancel', id, completionId, by, at: clock.now() });
        const answer = await promise;
        if (answer !== undefined) return answer;
        throw new GatewayError('STORE_UNAVAILABLE', 'Not all nodes have answered whether they run this completion.', {
          retryAfterMs: 1_000,
        });
      } finally {
        cancelTimer();
        asking.delete(id);
      }
    },
  };
}
