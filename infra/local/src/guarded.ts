/**
 * A program under its guard (guard.mjs): it never outlives the launcher unless it is released.
 *
 * Owns        starting, stopping and releasing guarded processes; their log files.
 * Invariant   when this process ends, in whatever way, every guarded process ends.
 */
import { fork } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL } from './home.js';
import { StackProblem } from './problem.js';
import { allGone, markOf, signal } from './processes.js';
import type { ProcessMark } from './state.js';

const LOG_MAX_BYTES = 20_000_000;
const TAIL_BYTES = 6_000;

/** What the guard is told to run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** A command that stays, with a name and a log. */
export interface Order extends Command {
  readonly name: string;
  readonly logFile: string;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Guarded {
  readonly name: string;
  readonly guard: ProcessMark;
  readonly server: ProcessMark;
  /** Settles when the server has ended. */
  readonly ended: Promise<Ending>;
  stop(): Promise<void>;
  /** Lets the server live on when this process ends. */
  release(): void;
}

interface Answer {
  readonly started?: number;
  readonly failed?: string;
  readonly exited?: Ending;
}

/** Starts a guard that waits for its order. */
export const forkGuard = (name: string, stdio: StdioOptions): ChildProcess =>
  // A session of its own: Ctrl-C in the terminal reaches the launcher only.
  fork(join(LOCAL, 'guard.mjs'), [name], { detached: true, execArgv: [], env: {}, stdio });

/** The process that the guard has started; rejects when it could not. */
export const startedBy = (guard: ChildProcess, name: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new StackProblem(`${name} did not start: ${why}.`));
    guard.once('error', (error) => fail(error.message));
    guard.once('exit', () => fail('its guard ended'));
    guard.on('message', (answer: Answer) => {
      if (answer.started !== undefined) resolve(answer.started);
      if (answer.failed !== undefined) fail(answer.failed);
    });
  });

/** How the guarded process ended. */
export const endingOf = (guard: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    guard.on('message', (answer: Answer) => {
      if (answer.exited !== undefined) resolve(answer.exited);
    });
    guard.once('exit', (code, by) => resolve({ code, signal: by }));
  });

const openLog = (file: string): number => {
  if (existsSync(file) && statSync(file).size > LOG_MAX_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
};

/** The last lines of a log, for a message about a server that did not start. */
export const tailOf = (file: string, lines = 15): string => {
  if (!existsSync(file)) return '';
  const text = readFileSync(file).subarray(-TAIL_BYTES).toString('utf8');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
};

/** A guard that was killed has left its server behind: nobody else would stop it. */
const replaceGuard = (guard: ChildProcess, server: ProcessMark, order: Order): void => {
  guard.once('exit', () => {
    if (!signal(server, order.stopSignal)) return;
    setTimeout(() => signal(server, 'SIGKILL'), order.graceMs).unref();
  });
};

/** Starts a program under a guard of its own. */
export const startGuarded = async (order: Order): Promise<Guarded> => {
  const { name, logFile, ...command } = order;
  const log = openLog(logFile);
  const guard = forkGuard(name, ['ignore', log, log, 'ipc']);
  closeSync(log);
  const ended = endingOf(guard);
  const pid = startedBy(guard, name);
  guard.send(command);
  const server = markOf(await pid);
  const mark = markOf(guard.pid ?? 0);
  replaceGuard(guard, server, order);
  return {
    name,
    guard: mark,
    server,
    ended,
    stop: async () => {
      if (guard.connected) guard.send({ stop: true }, () => undefined);
      else signal(mark, 'SIGTERM');
      const gone = await allGone([mark, server], order.graceMs + 5_000);
      if (!gone) throw new StackProblem(`${name} (process ${server.pid}) does not stop.`);
    },
    release: () => {
      guard.send({ release: true }, () => {
        guard.disconnect();
        guard.unref();
      });
    },
  };
};
