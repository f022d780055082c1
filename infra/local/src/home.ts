/**
 * The one folder that holds everything the local stack writes.
 *
 * Owns        the paths under `.suanpan/` (SUANPAN_HOME puts it elsewhere; stacks with different
 *             homes live side by side) and who may pass through them.
 * Invariant   nothing is written outside it, save PostgreSQL's folder when its user cannot reach it.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository: this file lies in infra/local/src or infra/local/dist. */
export const REPOSITORY = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
/** What is committed beside the code: pinned packages, the broker's logging, the guard. */
export const LOCAL = join(REPOSITORY, 'infra', 'local');

export interface Home {
  readonly root: string;
  readonly stateFile: string;
  readonly lockFile: string;
  readonly logs: string;
  readonly kafka: string;
  readonly redis: string;
  readonly packages: string;
}

const rootOf = (folder: string | undefined): string =>
  resolve(folder ?? join(REPOSITORY, '.suanpan'));

/** Whether a stack was ever started in that home; makes nothing. */
export const wasStarted = (folder = process.env['SUANPAN_HOME']): boolean =>
  existsSync(join(rootOf(folder), 'stack.json'));

/** The paths of one stack; makes the folder. */
export const openHome = (folder = process.env['SUANPAN_HOME']): Home => {
  const root = rootOf(folder);
  const home: Home = {
    root,
    stateFile: join(root, 'stack.json'),
    lockFile: join(root, 'start.lock'),
    logs: join(root, 'logs'),
    kafka: join(root, 'kafka'),
    redis: join(root, 'redis'),
    packages: process.env['SUANPAN_PACKAGES'] ?? join(root, 'packages'),
  };
  for (const path of [root, home.logs, home.packages]) mkdirSync(path, { recursive: true });
  // Other users may pass through (PostgreSQL runs as its own user), not list.
  chmodSync(root, 0o711);
  chmodSync(home.logs, 0o700);
  return home;
};

/** Whether a user without special rights can pass every folder down to `path`. */
export const isReachableByOthers = (path: string): boolean => {
  const parents = (at: string): string[] =>
    dirname(at) === at ? [at] : [at, ...parents(dirname(at))];
  return parents(resolve(path)).every((folder) => (statSync(folder).mode & 0o001) !== 0);
};

/** A short folder name that belongs to this path and to no other. */
export const besideTmp = (path: string): string =>
  join(
    tmpdir(),
    `suanpan-${createHash('sha256').update(resolve(path)).digest('hex').slice(0, 12)}`,
  );
