import fc from 'fast-check';
import { test } from 'vitest';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { commandSequences } from './budget-commands.ts';
import { checkAgainstModel } from './check-against-model.ts';

test('memory: keeps to the plain account of what was reserved, whatever is done in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(commandSequences, async commands => {
      let now = 1_800_000_000_000;
      const store = memoryBudgetStore({ now: () => now, settledRetentionMs: 1e12 });
      const endLeases = async () => {
        now += store.leaseMs;
      };
      await checkAgainstModel({ store, endLeases }, commands);
    }),
    { numRuns: 400 },
  );
});
