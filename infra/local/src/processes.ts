/**
 * What the operating system knows about a process.
 *
 * Owns        telling a process from a later one that got its number, and waiting for its end.
 * Invariant   a signal goes only to a process whose birth mark is the one written down.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessMark } from './state.js';

const POLL_MS = 50;

const fromProc = (pid: number): string | null => {
  try {
    // The name in parentheses may hold spaces: count the fields after its closing one.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
};

const fromPs = (pid: number): string | null => {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return text === '' || text.startsWith('Z') ? null : text.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
};

/** When the process was born, or null when it does not run (a zombie does not). */
export const bornOf = (pid: number): string | null =>
  existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);

/** Whether the process runs a program whose command line holds that name. */
export const isProgram = (pid: number, name: string): boolean => {
  if (bornOf(pid) === null) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name);
  } catch {
    // Without /proc it may be: the careful answer.
    return true;
  }
};

export const markOf = (pid: number): ProcessMark => ({ pid, born: bornOf(pid) ?? '' });

export const isAlive = (mark: ProcessMark): boolean => bornOf(mark.pid) === mark.born;

/** Sends a signal to exactly that process; false when it is gone. */
export const signal = (mark: ProcessMark, name: NodeJS.Signals): boolean => {
  if (!isAlive(mark)) return false;
  try {
    return process.kill(mark.pid, name);
  } catch {
    return false;
  }
};

/** Waits until none of them runs; false when the time is over first. */
export const allGone = async (marks: readonly ProcessMark[], limitMs: number): Promise<boolean> => {
  const end = performance.now() + limitMs;
  while (marks.some(isAlive)) {
    if (performance.now() > end) return false;
    await sleep(POLL_MS);
  }
  return true;
};
