import { expect, test } from 'vitest';
import { systemClock } from '../src/system-clock.ts';

test('a timer beyond what Node can wait for does not fire at once', { timeout: 2000 }, async () => {
  let hasFired = false;
  const cancel = systemClock.after(2 ** 31, () => {
    hasFired = true;
  });
  await new Promise<void>(resolve => setTimeout(resolve, 20));
  cancel();
  expect(hasFired).toBe(false);
});
