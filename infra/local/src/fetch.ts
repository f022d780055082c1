/**
 * What is fetched from package registries, through the machine's own clients as they are set up.
 *
 * Owns        the temporary name, the rename when whole, the checksum of every file.
 * Invariant   a folder under its final name is complete: a cut-off download never looks done.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { bornOf } from './processes.js';

export interface Fetching {
  /** What a person reads in the progress line. */
  readonly what: string;
  /** The final folder. */
  readonly folder: string;
  readonly log: Log;
}

/** Removes what downloads that were killed have left under their temporary names. */
const dropLeftovers = (folder: string): void => {
  for (const name of readdirSync(dirname(folder))) {
    const [, owner, pid] = /^(.+)\.(\d+)\.tmp$/.exec(name) ?? [];
    if (owner === basename(folder) && bornOf(Number(pid)) === null) {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
};

/** Gives the folder its final name, unless another command was quicker with the same content. */
const finish = (temporary: string, folder: string): void => {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
};

/** Fills a folder once: `fill` writes to a temporary name, which is renamed when it returns. */
export const fetchOnce = async (
  { what, folder, log }: Fetching,
  fill: (temporary: string) => Promise<void>,
): Promise<string> => {
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}.tmp`;
  const begun = performance.now();
  log(`fetching ${what} …`);
  mkdirSync(dirname(folder), { recursive: true });
  dropLeftovers(folder);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  try {
    await fill(temporary);
    finish(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  log(`fetched ${what} (${Math.round((performance.now() - begun) / 1000)} s)`);
  return folder;
};

/** `<sha256>  <file name>` a line, as sha256sum prints it. */
export const parseChecksums = (text: string): ReadonlyMap<string, string> => {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const found = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line);
      if (found === null) throw new StackProblem(`Not a checksum line: ${line}.`);
      return [found[2] ?? '', found[1] ?? ''] as const;
    }),
  );
};

/** Halts unless the folder holds exactly the listed files, each with its checksum. */
export const checkFolder = (folder: string, expected: ReadonlyMap<string, string>): void => {
  const present = readdirSync(folder).sort();
  const wrong = present.find((name) => {
    const actual = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return expected.get(name) !== actual;
  });
  const missing = [...expected.keys()].find((name) => !present.includes(name));
  if (wrong !== undefined) {
    throw new StackProblem(`${wrong} is not the file that the checksum list names.`);
  }
  if (missing !== undefined) throw new StackProblem(`${missing} is missing from the download.`);
};
