import type { Endpoint } from '../model/catalog.ts';
import { type Answer, type Completion, type CompletionEvent, isTerminal } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import { actorOf, type Principal } from '../model/principal.ts';
import type { IdempotentEnd } from '../stores/idempotency-store.ts';
import type { StreamStore } from '../stores/stream-store.ts';
import type { RunParts } from './core.ts';
import { textKeptMs } from './kept-text.ts';
import { mayStillBeRead } from './may-still-be-read.ts';
import { knownBy } from './twin-events.ts';

/**
 * The events of a finished completion, for the same caller again; undefined where its text was not kept, or may not be;
 * `withheld` where a content rule in force now would change or block it.
 *
 * As they were cut, for some minutes; later each channel comes whole. The reading is written to the audit log.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, POLICY_NOT_ENFORCEABLE.
 */
export async function replayFinished(
  parts: RunParts,
  principal: Principal,
  request: CompletionRequest,
  { completionId }: IdempotentEnd,
): Promise<readonly CompletionEvent[] | 'withheld' | undefined> {
  if (textKeptMs(parts, principal, request) === 0) return undefined;
  const [kept] = (await parts.content?.contents([completionId], parts.clock.now())) ?? [];
  const answer = kept === undefined ? undefined : (JSON.parse(kept.answer) as Answer | null);
  if (kept === undefined || answer == null) return undefined;
  const events = (await wholeStream(parts.streams, completionId).catch(() => undefined)) ?? (await fromRecord());
  if (events === undefined) return undefined;
  if (!mayStillBeRead(parts, [principal], request.workload, events)) return 'withheld';
  await parts.audit?.append([
    { actor: actorOf(principal), action: 'content.read', target: completionId, tenantId: kept.tenantId, change: {} },
  ]);
  return events;

  async function fromRecord() {
    if (kept === undefined || answer == null) return undefined;
    const [recorded] = await parts.ledger.completions([completionId]);
    const completion = recorded ?? knownBy({ principal, request }, completionId, kept.createdAt, 'FINISHED');
    return rebuilt(parts, { ...completion, answer }, answer);
  }
}

/** All of a stream that has ended. */
async function wholeStream(
  streams: StreamStore | undefined,
  completionId: string,
): Promise<readonly CompletionEvent[] | undefined> {
  const events: CompletionEvent[] = [];
  for (;;) {
    const part = await streams?.read(completionId, events.length - 1);
    const last = part?.events.at(-1);
    if (part === undefined || last === undefined) return undefined;
    events.push(...part.events);
    if (isTerminal(last)) return last.type === 'finished' ? events : undefined;
  }
}

function rebuilt(
  parts: RunParts,
  completion: Completion,
  { text, reasoning, refusal, toolCalls }: Answer,
): readonly CompletionEvent[] | undefined {
  const endpoint = endpointOf(parts, completion);
  if (endpoint === undefined) return undefined;
  const completionId = completion.id;
  const { workload, route = { candidates: [], policies: [], findings: [], workload } } = completion;
  const deltas: CompletionEvent[] = [];
  const channels = [
    ['reasoning', reasoning],
    ['text', text],
    ['refusal', refusal],
  ] as const;
  for (const [type, said] of channels) {
    if (said !== '') deltas.push({ type, completionId, seq: deltas.length + 2, text: said });
  }
  for (const [index, call] of toolCalls.entries()) {
    deltas.push({ type: 'tool-call', completionId, seq: deltas.length + 2, index, ...call });
  }
  return [
    { type: 'accepted', completionId, seq: 0, route },
    { type: 'started', completionId, seq: 1, endpoint },
    ...deltas,
    { type: 'finished', completionId, seq: deltas.length + 2, completion },
  ];
}

function endpointOf(parts: RunParts, { endpointId = '', route }: Completion): Endpoint | undefined {
  const known = parts.configured().catalog.endpoint(endpointId);
  return known ?? route?.candidates.find(({ endpoint }) => endpoint.id === endpointId)?.endpoint;
}
