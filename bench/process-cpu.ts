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

/** Resident memory now and at its highest, in megabytes. */
export function readMemory(pid: number): { readonly residentMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024);
  return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}
