import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';

const writer = new URL('./support/write-until-killed.ts', import.meta.url).pathname;
const start = Date.UTC(2026, 10, 4);

test('loses no attempt to SIGKILL whose opening was acknowledged, and books each once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-crash-'));
  const file = join(folder, 'tollgate.db');
  const child = spawn(process.execPath, [writer, file, String(start)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  try {
    for await (const id of createInterface({ input: child.stdout })) {
      acknowledged.push(id);
      if (acknowledged.length === 600) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
  }
  const complete = acknowledged.filter(id => id.length === 36);
  expect(complete.length).toBeGreaterThanOrEqual(600);

  const { ledger, close } = await openSqliteStores({ file });
  try {
    const recovered = await ledger.recover(start + 1000);
    expect(recovered).toBeGreaterThan(0);
    expect(await ledger.recover(start + 2000)).toBe(0);
    const completions = await ledger.completions(complete);
    for (const completion of completions) {
      expect(completion?.attempts).toHaveLength(1);
      expect(completion?.status).not.toBe('RUNNING');
    }
    const query = { filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;
    const hours = await ledger.usage({ ...query, interval: 'HOUR' });
    expect(hours.total).toEqual((await ledger.usage({ ...query, interval: 'MINUTE' })).total);
    const cost = BigInt(recovered) * 1000n + BigInt(hours.total.requests - recovered) * 7n;
    const untried = hours.total.cost - cost;
    expect(untried <= 0n && untried >= -8n * 7n).toBe(true);
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
});

test('ends with its process when nothing is waited for, and writes what was asked before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-exit-'));
  const stores = new URL('../../src/stores/sqlite/open-sqlite-stores.ts', import.meta.url).href;
  const script = `
    import { openSqliteStores } from ${JSON.stringify(stores)};
    const { secrets } = await openSqliteStores({ file: ${JSON.stringify(join(folder, 'a.db'))} });
    secrets.put('name', new Uint8Array([7]));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let warnings = '';
  child.stderr.on('data', chunk => {
    warnings += String(chunk);
  });
  const [code] = await once(child, 'close');
  expect([code, warnings]).toEqual([0, '']);
  const { secrets, close } = await openSqliteStores({ file: join(folder, 'a.db') });
  expect(await secrets.get('name')).toEqual(new Uint8Array([7]));
  await close();
  await rm(folder, { recursive: true });
});
