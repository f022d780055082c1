/**
 * One command at a time changes a stack.
 *
 * Owns        start.lock: the process that starts or stops the servers of a home.
 * Shape       a lock is written aside and linked to its name, so that it is never seen half-written.
 * Invariant   a lock of a process that is gone does not count; nobody removes a lock that another
 *             one took meanwhile.
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from './home.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { isAlive, markOf } from './processes.js';
import type { ProcessMark } from './state.js';

const WAIT_MS = 600_000;
const LOOK_MS = 200;

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

const take = (file: string): boolean => {
  const aside = `${file}.${process.pid}.tmp`;
  writeFileSync(aside, JSON.stringify(markOf(process.pid)), { mode: 0o600 });
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(aside, { force: true });
  }
};

/** Who holds it; null when it is free. A file that is no mark was left by nobody who lives. */
const holderOf = (file: string): ProcessMark | null => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessMark;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? null : { pid: 0, born: 'unreadable' };
  }
};

const isSame = (one: ProcessMark | null, other: ProcessMark): boolean =>
  one?.pid === other.pid && one.born === other.born;

const release = (file: string, holder: ProcessMark): void => {
  if (isSame(holderOf(file), holder)) rmSync(file, { force: true });
};

/**
 * Removes the lock of a process that is gone. Two that see it at once must not both remove it: the
 * second would remove what the first has taken since. So only who holds the right to remove does,
 * and looks again before.
 */
const removeStale = (file: string, gone: ProcessMark): void => {
  const right = `${file}.stale`;
  if (!take(right)) {
    const remover = holderOf(right);
    // It was killed in the middle of its two system calls.
    if (remover !== null && !isAlive(remover)) rmSync(right, { force: true });
    return;
  }
  try {
    release(file, gone);
  } finally {
    rmSync(right, { force: true });
  }
};

/** Runs `work` while no other command starts or stops this stack. */
export const withLock = async <T>(home: Home, log: Log, work: () => Promise<T>): Promise<T> => {
  const end = performance.now() + WAIT_MS;
  let said = false;
  while (!take(home.lockFile)) {
    const holder = holderOf(home.lockFile);
    if (holder !== null && isAlive(holder)) {
      if (performance.now() > end) {
        throw new StackProblem(`Process ${holder.pid} has been starting this stack for too long.`);
      }
      if (!said) log(`process ${holder.pid} is starting or stopping this stack: waiting …`);
      said = true;
    } else if (holder !== null) {
      removeStale(home.lockFile, holder);
    }
    await sleep(LOOK_MS);
  }
  try {
    return await work();
  } finally {
    release(home.lockFile, markOf(process.pid));
  }
};
