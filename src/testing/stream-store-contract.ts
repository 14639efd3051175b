import { deepEqual, equal } from 'node:assert/strict';
import type { CompletionEvent } from '../model/completion.ts';
import { noUsage } from '../model/usage.ts';
import type { StreamFacts, StreamLog, StreamStore } from '../stores/stream-store.ts';
import type { ContractCase } from './contract.ts';

/** A store, and what a test of it needs beside. */
export interface StreamStoreSubject {
  readonly store: StreamStore;
  /** Lets the time pass that a stream which ended, and was to be kept for a minute, can be read. */
  endKeeping(): Promise<void>;
}

const completionId = '01a00000-0000-7000-8000-000000000001';
const facts: StreamFacts = {
  completionId,
  tenantId: 'acme',
  projectId: 'search',
  projectPath: ['search', 'acme'],
  user: 'ann',
};
const minute = 60_000;
const route = { candidates: [], policies: [{ policyId: 'p', revision: 2 }], findings: [], workload: 'default' };
const text = (seq: number, said = `word ${seq} \u{1F600} "`): CompletionEvent => ({
  type: 'text',
  completionId,
  seq,
  text: said,
});
const accepted: CompletionEvent = { type: 'accepted', completionId, seq: 0, route };

function finished(seq: number, nonce?: string): CompletionEvent {
  const completion = {
    id: completionId,
    tenantId: 'acme',
    projectId: 'search',
    status: 'FINISHED',
    usage: { ...noUsage, cost: 9_007_199_254_740_993n },
    attempts: [],
    redactions: [],
    createdAt: 1,
    workload: 'default',
    labels: [],
    route,
    answer: { text: 'word', reasoning: '', refusal: '', citations: [], media: [], toolCalls: [] },
    ...(nonce === undefined ? {} : { receiptNonce: nonce }),
  } as const;
  return { type: 'finished', completionId, seq, completion };
}

/** All that can be read, however many parts it comes in. */
async function readAll(store: StreamStore, after = -1): Promise<readonly CompletionEvent[]> {
  const events: CompletionEvent[] = [];
  for (;;) {
    const part = await store.read(completionId, after + events.length);
    if (part === undefined || part.events.length === 0) return events;
    events.push(...part.events);
  }
}

async function written(log: StreamLog, ...events: readonly CompletionEvent[]): Promise<void> {
  log.append(events);
  await log.close();
}

/** What every StreamStore promises. */
export const streamStoreContract: readonly ContractCase<StreamStoreSubject>[] = [
  {
    name: 'gives back every kind of event as it was written, and whose it is',
    async run(make) {
      const { store } = await make();
      const events: readonly CompletionEvent[] = [
        accepted,
        text(1),
        { type: 'reasoning', completionId, seq: 2, text: '' },
        { type: 'refusal', completionId, seq: 3, text: 'no' },
        { type: 'tool-call', completionId, seq: 4, index: 1, id: 'c', name: 'look', arguments: '{"a' },
        { type: 'tool-call', completionId, seq: 5, index: 1, arguments: '":1}' },
        finished(6),
      ];
      await written(store.open(facts, minute), ...events);
      const part = await store.read(completionId, -1);
      deepEqual(part?.facts, facts);
      deepEqual(await readAll(store), events);
    },
  },
  {
    name: 'gives the events above any number, each once and in order, the decision with the last one too',
    async run(make) {
      const { store } = await make();
      const log = store.open(facts, minute);
      const all = [accepted, ...Array.from({ length: 200 }, (_, index) => text(index + 1)), finished(201)];
      for (const event of all) log.append([event]);
      await log.close();
      for (const after of [-1, 0, 1, 63, 64, 199, 200, 201, 500]) {
        deepEqual(await readAll(store, after), all.slice(after + 1));
      }
    },
  },
  {
    name: 'knows nothing of what was never opened, was dropped, or has been kept for long enough',
    async run(make) {
      const { store, endKeeping } = await make();
      equal(await store.read(completionId, -1), undefined);
      const dropped = store.open(facts, minute);
      dropped.append([accepted, text(1)]);
      await dropped.drop();
      dropped.append([text(2)]);
      await dropped.close();
      equal(await store.read(completionId, -1), undefined);
      await written(store.open(facts, minute), accepted);
      equal((await store.read(completionId, -1))?.events.length, 1);
      await endKeeping();
      equal(await store.read(completionId, -1), undefined);
    },
  },
  {
    name: 'gives up a stream that is larger than one may be, whole: a part would pass for all',
    async run(make) {
      const { store } = await make();
      const log = store.open(facts, minute);
      log.append([accepted]);
      for (let seq = 1; seq <= 9; seq++) log.append([text(seq, 'x'.repeat(1_000_000))]);
      await log.close();
      equal(await store.read(completionId, -1), undefined);
    },
  },
  {
    name: 'never keeps the nonce of a receipt',
    async run(make) {
      const { store } = await make();
      await written(store.open(facts, minute), accepted, finished(1, 'a-nonce'));
      equal(JSON.stringify(await readAll(store), (_, value) => String(value)).includes('a-nonce'), false);
      deepEqual(await readAll(store), [accepted, finished(1)]);
    },
  },
];
