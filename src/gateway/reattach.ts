import { badInput, GatewayError } from '../errors.ts';
import { type CompletionEvent, isTerminal } from '../model/completion.ts';
import { actorOf, hasRole, type Principal } from '../model/principal.ts';
import type { StreamFacts, StreamStore } from '../stores/stream-store.ts';
import { createEventStream, type EventStream, streamOf } from '../stream/event-stream.ts';
import { createSlots } from '../stream/slots.ts';
import type { BegunRun } from './begin-run.ts';
import type { RunParts } from './core.ts';
import { followStream } from './follow-stream.ts';
import type { CompletionRun } from './gateway.ts';
import { mayStillBeRead } from './may-still-be-read.ts';
import { watchReader } from './stalled-reader.ts';
import { goneEvent } from './twin-events.ts';
import { visibleAmong } from './visibility.ts';
import { watchSignal } from './watch-signal.ts';

/** Lets callers read runs that began with another request. */
export interface Reattaching {
  read(own: RunParts, principal: Principal, completionId: string, after: number): Promise<CompletionRun>;
  /** How many read. */
  readonly readers: number;
  /** Lets go of those who read what runs on other nodes. */
  stop(): void;
}

interface Attached {
  leave(): void;
}

/** @param runHere The run of this node that has this id. */
export function createReattaching(runHere: (completionId: string) => BegunRun | undefined): Reattaching {
  const attached = createSlots<Attached>();

  /** @throws {GatewayError} NOT_FOUND where they may not know of it, FORBIDDEN where it is not theirs. */
  async function demandRight(own: RunParts, by: Principal, facts: StreamFacts): Promise<void> {
    const visible = await visibleAmong(by, [facts.projectId], own.access);
    if (!visible.has(facts.projectId)) throw noStream();
    if (isTheirs(by, facts)) return;
    if (!hasRole(by, 'ADMIN', facts.projectPath)) {
      throw new GatewayError('FORBIDDEN', 'Only who began it, or an administrator of its project, may read it.');
    }
    // As all text of others: nobody is shown any before that is written down.
    const { completionId: target, tenantId } = facts;
    await own.audit?.append([{ actor: actorOf(by), action: 'content.read', target, tenantId, change: {} }]);
  }

  /** What can be read at once; undefined where it has ended and its text is kept no more. */
  async function readUpToNow(own: RunParts, streams: StreamStore, facts: StreamFacts, after: number) {
    const { completionId } = facts;
    const events: CompletionEvent[] = [];
    for (;;) {
      const part = await streams.read(completionId, after + events.length);
      if (part === undefined) return undefined;
      events.push(...part.events);
      const last = part.events.at(-1);
      const hasEnded = last !== undefined && isTerminal(last);
      if (part.events.length > 0 && !hasEnded) continue;
      // What was erased, or has been kept for long enough, is read by nobody; while it runs nothing is kept there yet.
      const isKept = async () => (await own.content?.contents([completionId], own.clock.now()))?.[0] !== undefined;
      if (hasEnded && !(await isKept())) return undefined;
      return { events, hasEnded: hasEnded || (!part.isAlive && (await isKept())) };
    }
  }

  async function readElsewhere(own: RunParts, by: Principal, completionId: string, after: number) {
    const { streams, clock } = own;
    const part = await streams?.read(completionId, after);
    if (streams === undefined || part === undefined) throw noStream();
    const { facts } = part;
    await demandRight(own, by, facts);
    const found = await readUpToNow(own, streams, facts, after);
    if (found === undefined) throw noStream();
    // A part of it may hide what the whole says, and nothing does not say whether there was an end.
    const whole =
      after >= 0 && (found.hasEnded || found.events.length === 0) ? await readUpToNow(own, streams, facts, -1) : found;
    if (whole === undefined) throw noStream();
    if (found.hasEnded || whole.hasEnded) {
      if (!mayStillBeRead(own, readersOf(by, facts), workloadOf(whole.events), whole.events)) {
        throw new GatewayError('FORBIDDEN', 'A content rule that is in force now does not let its text be read.');
      }
      // An empty reading would look like one that was cut off, and be begun again for ever.
      if (after > (whole.events.at(-1)?.seq ?? -1)) {
        throw badInput('after', 'is above the last number of the completion, which has ended');
      }
      return streamOf(found.hasEnded ? found.events : whole.events.filter(({ seq }) => seq > after));
    }
    const asked = { principal: by, request: { workload: 'default', labels: [] } };
    return followStream({
      streams,
      clock,
      completionId,
      begun: found.events,
      after: after + found.events.length,
      cut: (seq, hasText) => {
        const gone = goneEvent(asked, completionId, clock.now(), seq, hasText);
        const { tenantId, projectId } = facts;
        return isTerminal(gone) ? { ...gone, completion: { ...gone.completion, tenantId, projectId } } : gone;
      },
    });
  }

  return {
    async read(own, principal, completionId, after) {
      const here = runHere(completionId);
      if (here !== undefined) {
        const { shared, principal: owner } = here;
        await demandRight(own, principal, { ...owner, completionId });
        if (shared?.isLogged !== true) {
          throw new GatewayError(
            'FORBIDDEN',
            'No rule lets the gateway keep the text of this completion: a policy with retention.gatewayContent does.',
          );
        }
        return { id: completionId, events: keepTrack(own, principal, shared.follow(after)), limitsLeft: [] };
      }
      const events = await readElsewhere(own, principal, completionId, after);
      return { id: completionId, events: keepTrack(own, principal, events), limitsLeft: [] };
    },
    get readers() {
      return attached.size;
    },
    stop() {
      for (const one of attached.members()) one.leave();
    },
  };

  /** A credential that is revoked, or a node that stops, ends the reading, not what is read. */
  function keepTrack(
    own: RunParts,
    principal: Principal,
    source: EventStream<CompletionEvent>,
  ): EventStream<CompletionEvent> {
    let forget = () => {};
    const reader = watchReader(own.clock, () => leave());
    const output = createEventStream<CompletionEvent>({
      onResume() {
        reader.resume();
        source.resume();
      },
      onPause: reader.pause,
      onCancel: () => leave(),
    });
    const remove = attached.add({ leave });

    function over(): void {
      forget();
      remove();
      reader.resume();
      output.end();
    }

    function leave(): void {
      source.cancel();
      over();
    }

    if (principal.revoked !== undefined) forget = watchSignal(principal.revoked, leave);
    source.pipe({ write: batch => output.write(batch), end: over });
    return output.stream;
  }
}

function isTheirs(by: Principal, { projectId, apiKeyId, user }: StreamFacts): boolean {
  return by.projectId === projectId && by.apiKeyId === apiKeyId && by.user === user;
}

/** Those whose rules count: an administrator is shown no more than the caller is. */
function readersOf(by: Principal, facts: StreamFacts): readonly Principal[] {
  if (isTheirs(by, facts)) return [by];
  return [by, { ...facts, roles: [{ role: 'MEMBER', projectId: facts.projectId }] }];
}

function workloadOf(events: readonly CompletionEvent[]): string {
  const [first] = events;
  return first?.type === 'accepted' ? first.route.workload : 'default';
}

function noStream(): GatewayError {
  return new GatewayError('NOT_FOUND', 'There is no stream of this completion to attach to, or none any more.');
}
