/**
 * Programs of the machine that are run to their end: npm, pip, mvn, apt, initdb, java -version.
 *
 * Owns        finding them on PATH, running them, saying what they said when they fail.
 * Invariant   what takes long runs under a guard: a launcher that is killed leaves no download
 *             behind.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { endingOf, forkGuard, startedBy } from './guarded.js';
import { StackProblem } from './problem.js';

const OUTPUT_MAX = 200_000;
const SAID_LINES = 12;
const PROBE_MS = 20_000;

/** Where a program lies on PATH, or null. */
export const onPath = (program: string, path = process.env['PATH'] ?? ''): string | null => {
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next folder may have it.
    }
  }
  return null;
};

export interface Run {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

const outputOf = (child: ChildProcess): (() => string) => {
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_MAX);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => output;
};

/** What a quick question to a program prints (both streams in one), or null when it fails. */
export const probe = (what: Run): Promise<string | null> =>
  new Promise((resolve) => {
    const child = spawn(what.command, [...what.args], {
      env: what.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PROBE_MS,
    });
    const output = outputOf(child);
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code === 0 ? output() : null));
  });

/** Runs a program that has to succeed; its last lines are in the message when it does not. */
export const mustRun = async (purpose: string, what: Run): Promise<string> => {
  const guard = forkGuard(basename(what.command), ['ignore', 'pipe', 'pipe', 'ipc']);
  const output = outputOf(guard);
  const ended = endingOf(guard);
  const closed = new Promise((resolve) => guard.once('close', resolve));
  const started = startedBy(guard, what.command);
  const cwd = what.cwd ?? process.cwd();
  guard.send({ ...what, cwd, env: what.env ?? process.env, stopSignal: 'SIGTERM', graceMs: 5_000 });
  await started;
  const { code } = await ended;
  await closed;
  if (code === 0) return output();
  const said = output().trimEnd().split('\n').slice(-SAID_LINES).join('\n');
  throw new StackProblem(`${purpose} failed (${what.command}, exit ${code}):\n${said}`);
};
