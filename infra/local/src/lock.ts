/**
 * One command at a time changes a stack.
 *
 * Owns        start.lock: the process that starts or stops the servers of a home.
 * Invariant   a lock of a process that is gone does not count.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from './home.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { isAlive, markOf } from './processes.js';
import type { ProcessMark } from './state.js';

const WAIT_MS = 600_000;

const take = (file: string): boolean => {
  try {
    writeFileSync(file, JSON.stringify(markOf(process.pid)), { flag: 'wx', mode: 0o600 });
    return true;
  } catch {
    return false;
  }
};

const holderOf = (file: string): ProcessMark | null => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessMark;
  } catch {
    return null;
  }
};

/** Runs `work` while no other command starts or stops this stack. */
export const withLock = async <T>(home: Home, log: Log, work: () => Promise<T>): Promise<T> => {
  const end = performance.now() + WAIT_MS;
  let said = false;
  while (!take(home.lockFile)) {
    const holder = holderOf(home.lockFile);
    if (holder === null || !isAlive(holder)) {
      rmSync(home.lockFile, { force: true });
    } else if (performance.now() > end) {
      throw new StackProblem(`Process ${holder.pid} has been starting this stack for too long.`);
    } else {
      if (!said) log(`process ${holder.pid} is starting or stopping this stack: waiting …`);
      said = true;
    }
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(home.lockFile, { force: true });
  }
};
