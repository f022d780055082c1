/**
 * What processes cost, as Linux counts it.
 *
 * Owns        reading /proc. Elsewhere there are no figures, and the bench says so.
 * Units       microseconds of CPU (user and system), MiB
 * Source      proc(5): stat fields 14 to 17, status VmHWM
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import type { Figure } from './figures.js';

const MICROS = 1_000_000;
const KIB_PER_MIB = 1_024;

export interface CpuTicks {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended and were waited for. */
  readonly ended: number;
}

/** Reads a line of /proc/PID/stat; the name in parentheses may hold anything. */
export const parseStat = (text: string): CpuTicks => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? Number.NaN);
  return { parent: field(4), own: field(14) + field(15), ended: field(16) + field(17) };
};

/** The most memory that was ever resident, from /proc/PID/status. */
export const parsePeakMiB = (text: string): Figure => {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? null : Math.round(Number(kib) / KIB_PER_MIB);
};

const readProc = (pid: number | string, file: string): string | null => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
};

const ticksPerSecond = (): number => {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
};

let ticks: number | undefined;

const toMicros = (count: number): number => {
  ticks ??= ticksPerSecond();
  return (count * MICROS) / ticks;
};

/** CPU of a process with all its threads; null when it is gone. */
export const cpuOf = (pid: number): Figure => {
  const text = readProc(pid, 'stat');
  return text === null ? null : toMicros(parseStat(text).own);
};

const childrenOf = (pid: number): readonly number[] => {
  const listed = readProc(pid, `task/${pid}/children`);
  if (listed !== null) return listed.trim().split(' ').filter(Boolean).map(Number);
  const isChild = (other: number): boolean => {
    const text = readProc(other, 'stat');
    return text !== null && parseStat(text).parent === pid;
  };
  return existsSync('/proc')
    ? readdirSync('/proc').map(Number).filter(Number.isInteger).filter(isChild)
    : [];
};

/** CPU of a server and its backends, of those too that have ended. */
export const cpuOfFamily = (pid: number): Figure => {
  const text = readProc(pid, 'stat');
  if (text === null) return null;
  const { own, ended } = parseStat(text);
  const living = childrenOf(pid).map((child) => cpuOf(child) ?? 0);
  return toMicros(own + ended) + living.reduce((sum, one) => sum + one, 0);
};

export const peakMiBOf = (pid: number): Figure => {
  const text = readProc(pid, 'status');
  return text === null ? null : parsePeakMiB(text);
};

/** The peak of the largest process of a family: their shared memory may not be summed. */
export const largestPeakMiBOf = (pid: number): Figure => {
  const peaks = [pid, ...childrenOf(pid)].map((one) => peakMiBOf(one) ?? 0);
  const largest = Math.max(...peaks);
  return largest === 0 ? null : largest;
};
