import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { postgresBinaries } from '../support/postgres-server.ts';
import { redisAbsence } from '../support/redis-server.ts';
import { soak } from './soak.ts';

const absence = `${redisAbsence}${postgresBinaries === undefined ? ' (PostgreSQL absent)' : ''}`;
const seed = 'ci-1';

describe.skipIf(absence !== '')(`two nodes, one Redis, one PostgreSQL${absence}`, () => {
  test(`book each attempt once and overdraw nothing, whatever dies under them (seed ${seed})`, async () => {
    const { violations, folder, summary } = await soak({ seed, faults: 10 });
    expect(violations, `${summary}; logs and history: ${folder}`).toEqual([]);
    await rm(folder, { recursive: true });
  }, 300_000);
});
