import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readLock } from '../stores/state-lock.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

/** Where a server writes how it took the last new configuration. */
const reportName = 'reload.json';

interface ReloadReport {
  readonly at: number;
  /** Absent: it was taken. */
  readonly problem?: string;
}

/** Noted by the server after each try to take a new configuration. */
export async function writeReloadReport(stateDir: string, problem: string | undefined): Promise<void> {
  const report: ReloadReport = { at: Date.now(), ...(problem === undefined ? {} : { problem }) };
  const draft = join(stateDir, `${reportName}.${process.pid}`);
  await writeFile(draft, JSON.stringify(report), { mode: 0o600 });
  await rename(draft, join(stateDir, reportName));
}

/**
 * Has the server that runs on this state folder take the new configuration.
 *
 * @returns What it says; undefined where none runs.
 * @throws {CommandError} Where it refused, or did not answer within 10 s.
 */
export async function askReload(stateDir: string): Promise<string | undefined> {
  const lock = await readLock(stateDir);
  // Commands that open the state themselves hold the lock too, and announce no address: a signal would end them.
  if (lock?.address === undefined || lock.pid === 0) return undefined;
  const path = join(stateDir, reportName);
  const before = await lastChange(path);
  signalReload(lock.pid);
  for (let tries = 0; tries < 100; tries += 1) {
    await setTimeout(100);
    if ((await lastChange(path)) === before) continue;
    const { problem } = JSON.parse(await readFile(path, 'utf8')) as ReloadReport;
    if (problem === undefined) return `The server at ${lock.address} has taken the new configuration.`;
    throw new CommandError(exitCodes.configuration, `The server goes on with its old configuration: ${problem}`);
  }
  throw new CommandError(exitCodes.unavailable, 'The server did not answer within 10 s; its log says more.');
}

function signalReload(pid: number): void {
  try {
    process.kill(pid, 'SIGHUP');
  } catch {
    throw new CommandError(
      exitCodes.unavailable,
      `Process ${pid} cannot be signalled from here: send SIGHUP to the server where it runs.`,
    );
  }
}

async function lastChange(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}
