import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { afterFairly } from '../../src/gateway/fair-timer.ts';
import { systemClock } from '../../src/system-clock.ts';
import { manualClock } from '../support/manual-clock.ts';

function occupyProcess(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** What a timer and a socket whose data has arrived meanwhile do after the process has stood still, in their order. */
async function orderAfterStandstill(start: (delayMs: number, action: () => void) => () => void) {
  const order: string[] = [];
  const { promise: fired, resolve } = Promise.withResolvers<void>();
  const server = createServer(socket => {
    socket.on('error', () => {});
    socket.write('answer');
    // After this turn's reading, so that the answer lies in the socket when timers come next.
    setImmediate(() => occupyProcess(300));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  start(30, () => {
    order.push('given up');
    resolve();
  });
  const socket = connect(address.port, '127.0.0.1');
  const read = once(socket, 'data').then(() => order.push('read'));
  await Promise.all([read, fired]);
  socket.destroy();
  server.close();
  return order;
}

test('an answer that came while the process stood still is read before it is given up', async () => {
  expect(await orderAfterStandstill((delayMs, action) => afterFairly(systemClock, delayMs, action))).toEqual([
    'read',
    'given up',
  ]);
});

test('control: a plain timer gives it up first', async () => {
  expect(await orderAfterStandstill(systemClock.after)).toEqual(['given up', 'read']);
});

test('a process that stands still for two seconds uses up one second of a limit', () => {
  const clock = manualClock();
  let lateMs = 0;
  const late = { ...clock, monotonicMs: () => clock.monotonicMs() + lateMs };
  let firedAt: number | undefined;
  afterFairly(late, 5_000, () => {
    firedAt = clock.monotonicMs();
  });
  clock.advance(999);
  lateMs = 2_000;
  clock.advance(4_000);
  expect(firedAt).toBeUndefined();
  clock.advance(1);
  expect(firedAt).toBe(5_000);
});

test('fires on time where nothing is late, and not at all once it is cancelled', () => {
  const clock = manualClock();
  const fired: string[] = [];
  afterFairly(clock, 2_500, () => fired.push('one'));
  const cancel = afterFairly(clock, 2_500, () => fired.push('two'));
  clock.advance(2_499);
  expect(fired).toEqual([]);
  cancel();
  clock.advance(1);
  expect(fired).toEqual(['one']);
  expect(clock.pending()).toBe(0);
});
