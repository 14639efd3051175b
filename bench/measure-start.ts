import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startTollgate } from './gateways.ts';
import { readMemory } from './process-cpu.ts';

export interface StartFigures {
  /** From the process's start until `/readyz` answers 200, in milliseconds, on a new state folder. */
  readonly firstMs: number;
  /** The same on the folder that the first start has made. */
  readonly againMs: number;
  readonly residentMb: number;
}

/** Starts Tollgate twice on one folder, on whatever cores are free. */
export async function measureStart(configFile: string, folder: string): Promise<StartFigures> {
  const stateDir = join(await mkdtemp(join(folder, 'start-')), 'state');
  const first = await timeStart(configFile, stateDir);
  const again = await timeStart(configFile, stateDir);
  await rm(stateDir, { recursive: true, force: true });
  return { firstMs: first.ms, againMs: again.ms, residentMb: again.residentMb };
}

async function timeStart(
  configFile: string,
  stateDir: string,
): Promise<{ readonly ms: number; readonly residentMb: number }> {
  const startedMs = performance.now();
  const server = await startTollgate(configFile, stateDir);
  const response = await fetch(`http://127.0.0.1:${server.port}/readyz`);
  const ms = performance.now() - startedMs;
  if (response.status !== 200) throw new Error(`/readyz answered ${response.status}`);
  await response.arrayBuffer();
  const { residentMb } = readMemory(server.pid);
  await server.stop();
  return { ms, residentMb };
}
