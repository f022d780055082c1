/**
 * Ends the servers that stack.json names, whoever started them.
 *
 * Owns        `down`, `reset`, and the cleaning after a crash.
 * Invariant   only processes whose birth mark is written down get a signal.
 */
import { rmSync } from 'node:fs';
import { openHome } from './home.js';
import { withLock } from './lock.js';
import { dataFolderOf } from './postgres-server.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { allGone, isAlive, signal } from './processes.js';
import { readState, removeState, writeState } from './state.js';
import type { StackState } from './state.js';

const ORDERLY_MS = 30_000;
const KILLED_MS = 5_000;

/** Stops what is written down; the guards first, because they stop their servers in order. */
export const stopRecorded = async (state: StackState, log: Log): Promise<void> => {
  const alive = state.servers.filter(({ guard, server }) => isAlive(guard) || isAlive(server));
  if (alive.length === 0) return;
  log(`stopping ${alive.map(({ name }) => name).join(', ')} …`);
  for (const { name, guard, server } of alive) {
    // A server without its guard was left by a kill of the guard.
    if (!signal(guard, 'SIGTERM')) signal(server, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
  }
  const marks = alive.flatMap(({ guard, server }) => [guard, server]);
  if (await allGone(marks, ORDERLY_MS)) return;
  marks.forEach((mark) => signal(mark, 'SIGKILL'));
  if (!(await allGone(marks, KILLED_MS))) throw new StackProblem('A server does not stop.');
};

export interface StopOptions {
  readonly home?: string;
  readonly log?: Log;
}

/** Stops the servers of a home and keeps their data. */
export const stopStack = async (options: StopOptions = {}): Promise<void> => {
  const home = openHome(options.home);
  const log = options.log ?? (() => undefined);
  await withLock(home, log, async () => {
    const state = readState(home);
    await stopRecorded(state, log);
    state.servers = [];
    writeState(home, state);
  });
};

/** Stops the servers and drops their data and passwords; what was fetched stays. */
export const resetStack = async (options: StopOptions = {}): Promise<void> => {
  await stopStack(options);
  const home = openHome(options.home);
  const { postgresFolder } = readState(home);
  const folders = [home.kafka, home.redis, home.logs, dataFolderOf(postgresFolder ?? home.root)];
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  removeState(home);
};
