import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { LedgerRow, SoakHistory } from './history.ts';

const key = 'acme/budget/policy-1/month/TOTAL/0/PROJECT/acme';
const row: LedgerRow = {
  id: 'a1',
  completionId: 'c1',
  request: 'r1',
  providerId: 'alpha',
  startedAt: 1_000,
  outcome: 'SUCCEEDED',
  costNanos: 70n,
  isEstimated: false,
  levelKeys: [key],
};
const boot = { nodeId: 'one', startedAt: 0 };
const caller = {
  request: 'r1',
  tenant: 'acme',
  boot: 0,
  sentAt: 990,
  endedAt: 1_100,
  outcome: 'FINISHED',
  completionId: 'c1',
  costNanos: 70n,
} as const;

/** A run in which one request was answered and booked as it should be. */
const good: SoakHistory = {
  calls: [{ request: 'r1', providerId: 'alpha', at: 1_001, behaviour: 'whole', reportedNanos: 70n }],
  callers: [caller],
  boots: [boot],
  faults: [],
  rows: [row],
  completions: [{ id: 'c1', request: 'r1', status: 'FINISHED' }],
  pots: [{ policyId: 'policy-1', limitNanos: 100n, isMonitored: false }],
  levels: [{ key, counterSpentNanos: 70n, counterReservedNanos: 0n, ledgerNanos: 70n }],
  counted: new Map([['a1', { id: 'a1', request: 'r1', reservedNanos: 90n, costNanos: 70n }]]),
  replayed: [],
  verified: [],
  journalled: [],
};

/** The checks that find something, once each. */
function broken(changes: Partial<SoakHistory>): readonly string[] {
  const found = checkHistory({ ...good, ...changes }, new Set(['a1']));
  return [...new Set(found.map(({ check }) => check))].sort();
}

const sums = (nanos: bigint, reserved = 0n) => [
  { key, counterSpentNanos: nanos, counterReservedNanos: reserved, ledgerNanos: nanos },
];
const counted = (costNanos: bigint) => new Map([['a1', { id: 'a1', reservedNanos: 90n, costNanos }]]);
const died = (ending: 'KILLED' | 'WIPED') => [{ ...boot, endedAt: 1_050, ending }];
const unknown = { ...row, outcome: 'UNKNOWN', costNanos: 90n, isEstimated: true };
const brokenCaller = [{ ...caller, outcome: 'BROKEN' }] as const;
const cut = [{ id: 'c1', request: 'r1', status: 'INCOMPLETE' }];
const asUnknown = {
  rows: [unknown],
  levels: sums(90n),
  counted: counted(90n),
  callers: brokenCaller,
  completions: cut,
};

test('finds nothing in a run that went well, nor in an attempt that died with its node', () => {
  expect(broken({})).toEqual([]);
  expect(broken({ ...asUnknown, boots: died('KILLED') })).toEqual([]);
});

for (const [what, changes, checks] of [
  [
    'a call without a row',
    { rows: [], levels: sums(0n), counted: new Map() },
    ['a caller is told what is booked', 'each call has a row'],
  ],
  [
    'a row twice',
    { rows: [row, { ...row, id: 'a2' }], levels: sums(140n), callers: [{ ...caller, costNanos: 140n }] },
    ['each call has one row', 'no pot is overdrawn'],
  ],
  [
    'a wrong cost',
    {
      rows: [{ ...row, costNanos: 71n }],
      levels: sums(71n),
      counted: counted(71n),
      callers: [{ ...caller, costNanos: 71n }],
    },
    ['what a provider reported is what is booked'],
  ],
  [
    'a caller who was told another cost',
    { callers: [{ ...caller, costNanos: 69n }] },
    ['a caller is told what is booked'],
  ],
  [
    'more than the limit',
    { pots: [{ policyId: 'policy-1', limitNanos: 69n, isMonitored: false }] },
    ['no pot is overdrawn'],
  ],
  ['a reservation that nobody released', { levels: sums(70n, 5n) }, ['nothing stays reserved']],
  [
    'an attempt that is still held',
    { counted: new Map([['a1', { id: 'a1', reservedNanos: 90n }]]) },
    ['nothing stays reserved'],
  ],
  [
    'counters that lack something',
    { levels: [{ key, counterSpentNanos: 60n, counterReservedNanos: 0n, ledgerNanos: 70n }] },
    ['the counters are what is booked'],
  ],
  [
    'sums that lack something',
    { levels: [{ key, counterSpentNanos: 70n, counterReservedNanos: 0n, ledgerNanos: 60n }] },
    ["the ledger's sums are those of its rows"],
  ],
  ['a counter of another cost', { counted: counted(90n) }, ['what is counted is booked']],
  ['an unknown outcome without a fault', asUnknown, ['what is unknown belongs to a fault']],
  [
    'an unknown outcome at another cost',
    { ...asUnknown, rows: [{ ...unknown, costNanos: 80n }], levels: sums(80n), boots: died('KILLED') },
    ['what is counted is booked', 'what is unknown is booked at its reservation'],
  ],
  [
    'an answer that its caller has, booked as unknown',
    { ...asUnknown, callers: [caller], boots: died('KILLED') },
    ['who has an answer is booked for it'],
  ],
  ['an attempt that stays open', { rows: [{ ...row, outcome: undefined }] }, ['no attempt stays open']],
  [
    'a completion that stays running',
    { completions: [{ id: 'c1', request: 'r1', status: 'RUNNING' }] },
    ['no completion stays running', 'who has an answer is booked for it'],
  ],
  ['a completion that was never shipped', { journalled: ['c2'] }, ['no completion stays in a journal']],
  [
    'a cost without a call',
    { calls: [], rows: [{ ...row, outcome: 'FAILED' }] },
    ['what was never called costs nothing'],
  ],
  [
    'a broken answer that counts as a success',
    { calls: [{ request: 'r1', providerId: 'alpha', at: 1_001, behaviour: 'cut' }] },
    ['only whole answers succeed'],
  ],
  [
    'who was refused and answered all the same',
    { callers: [{ ...caller, outcome: 'REFUSED' }] },
    ['who is refused got no answer'],
  ],
  ['what the ledger itself finds', { verified: ['USAGE_HOUR'] }, ['the ledger verifies']],
] as const satisfies readonly (readonly [string, object, readonly string[]])[]) {
  test(`finds ${what}`, () => {
    expect(broken(changes as Partial<SoakHistory>)).toEqual([...checks].sort());
  });
}

test('excuses what counters that were lost could not know, and no more than that', () => {
  const lost = { kind: 'redis-empty', target: 'redis', from: 2_000, to: 3_000 };
  const limited = { pots: [{ policyId: 'policy-1', limitNanos: 0n, isMonitored: false }] };
  const dead = { ...asUnknown, ...limited, boots: died('KILLED') };
  expect(broken({ ...dead, faults: [lost] })).toEqual([]);
  expect(broken(dead)).toEqual(['no pot is overdrawn']);
  expect(broken({ ...limited, faults: [lost] })).toEqual(['no pot is overdrawn']);
});

test('excuses an answer that went with a disk before it was shipped, also where its node had started again, and no other', () => {
  const kept = new Map([['a1', { id: 'a1', reservedNanos: 90n, keptNanos: 70n, costNanos: 70n }]]);
  const lost = {
    ...asUnknown,
    rows: [{ ...unknown, costNanos: 70n }],
    levels: sums(70n),
    counted: kept,
    callers: [caller],
  };
  const wiped = (startedAt: number, endedAt: number, nodeId = 'one') => ({
    nodeId,
    startedAt,
    endedAt,
    ending: 'WIPED' as const,
  });
  const answered = ['who has an answer is booked for it'];
  const [killed] = died('KILLED');
  if (killed === undefined) return;
  expect(broken({ ...lost, boots: died('WIPED') })).toEqual([]);
  expect(broken({ ...lost, boots: [killed, wiped(2_000, 5_000)] })).toEqual([]);
  expect(broken({ ...lost, boots: [killed] })).toEqual(answered);
  expect(broken({ ...lost, boots: [killed, wiped(2_000, 500_000)] })).toEqual(answered);
  expect(broken({ ...lost, boots: [killed, wiped(2_000, 5_000, 'two')] })).toEqual(answered);
  // What is booked as it ended is held to it, whatever was lost since.
  const told = { ...good, callers: [{ ...caller, costNanos: 69n }], boots: [killed, wiped(2_000, 5_000)] };
  expect(broken(told)).toEqual(['a caller is told what is booked']);
});

test('knows nothing of the cost of what counters took from the ledger as a whole', () => {
  const taken = new Map([['a1', { id: 'a1', reservedNanos: 90n, isWithBooked: true }]]);
  expect(broken({ counted: taken })).toEqual([]);
  expect(broken({ counted: taken, levels: sums(0n) })).toContain('the counters are what is booked');
});

test('excuses what a node that stopped in order could not tell the counters, which were away then, and nothing else', () => {
  const stopped = { ...asUnknown, boots: [{ ...boot, endedAt: 3_000, ending: 'STOPPED' as const }] };
  const away = (from: number, to: number, target = 'redis') => ({ faults: [{ kind: 'redis-kill', target, from, to }] });
  expect(broken({ ...stopped, ...away(900, 1_100) })).toEqual([]);
  for (const fault of [away(3_100, 4_000), away(0, 900), away(900, 1_100, 'postgres')]) {
    expect(broken({ ...stopped, ...fault })).toEqual(['what is unknown belongs to a fault']);
  }
});

test('demands a row for each attempt that the counters knew, whatever was lost', () => {
  const called = { request: 'r1', providerId: 'alpha', at: 1_001, behaviour: 'cut' };
  const lost = {
    calls: [called, { ...called, at: 1_002 }],
    callers: brokenCaller,
    boots: died('WIPED'),
    rows: [],
    levels: [],
    completions: [],
  };
  const known = (id: string, providerId: string) =>
    [id, { id, request: 'r1', providerId, reservedNanos: 90n }] as const;
  expect(broken({ ...lost, counted: new Map() })).toEqual([]);
  expect(broken({ ...lost, counted: new Map([known('a9', 'beta')]) })).toEqual([]);
  expect(broken({ ...lost, counted: new Map([known('a9', 'alpha')]) })).toEqual(['each call has a row']);
});
