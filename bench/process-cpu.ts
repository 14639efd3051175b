import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** CPU time that a process has used so far, in microseconds. */
export interface ProcessCpu {
  /** All threads. */
  readonly allMicros: number;
  /** The thread that runs JavaScript and serves requests. */
  readonly mainMicros: number;
}

/** Whether this kernel tells what a thread has run, in nanoseconds. */
export const canReadCpu = existsSync('/proc/self/schedstat');

/** Reads what the scheduler has counted; the process measured takes no part in it. */
export function readCpu(pid: number): ProcessCpu {
  let allMicros = 0;
  let mainMicros = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ranNanos = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    const micros = Number(ranNanos) / 1_000;
    allMicros += micros;
    if (thread === String(pid)) mainMicros = micros;
  }
  return { allMicros, mainMicros };
}

/** CPU time of a process and all that it has started, those that have ended included, in microseconds. */
export function readFamilyCpu(pid: number): number {
  const family = [pid, ...childrenOf(pid)];
  // One that ends between the two looks is in neither: its last ten milliseconds may be missing.
  return family.reduce((sum, each) => sum + readIfThere(each), waitedForMicros(pid));
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(each => Number(statFields(each)?.[1]) === pid);
}

function readIfThere(pid: number): number {
  try {
    return readCpu(pid).allMicros;
  } catch {
    return 0;
  }
}

/** `cutime` and `cstime`: what children used that have ended, in hundredths of a second. */
function waitedForMicros(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields?.[13]) + Number(fields?.[14])) * 10_000;
}

/** From the third field of `stat` on; undefined where the process is gone. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Resident memory now and at its highest, in megabytes. */
export function readMemory(pid: number): { readonly residentMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024);
  return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}
