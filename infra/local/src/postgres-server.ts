/**
 * One PostgreSQL server, as its own user where the launcher is root.
 *
 * Owns        where its data lie, initdb, its configuration, its command line.
 * Invariant   checksums on, fsync on, full_page_writes on, synchronous_commit on (D20); passwords
 *             are SCRAM-SHA-256 and nobody is trusted, not even on the socket.
 * Source      reliability.md 6, D20
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Order } from './guarded.js';
import { besideTmp, isReachableByOthers } from './home.js';
import type { Home } from './home.js';
import { HOST } from './ports.js';
import { SUPERUSER } from './postgres-client.js';
import type { PostgresPrograms } from './postgres-programs.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { isProgram } from './processes.js';
import { mustRun } from './tools.js';

/** A socket's whole path may have 107 bytes; PostgreSQL adds a name of its own. */
const SOCKET_FOLDER_MAX = 80;

export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  max_connections: '200',
  wal_compression: 'on',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  max_locks_per_transaction: '256',
};

/** The user that runs the server; undefined means our own. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Root may not run PostgreSQL: `postgres` does, else `nobody`. */
export const serverUser = (passwd = '/etc/passwd'): ServerUser | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync(passwd, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = users.find(([user]) => user === wanted) ?? [];
    if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new StackProblem('PostgreSQL refuses to run as root: make a user named postgres.');
};

/** The folder for PostgreSQL: inside the home, unless its user could not pass down to it. */
export const postgresFolder = (home: Home, user: ServerUser | undefined, log: Log): string => {
  if (user === undefined || isReachableByOthers(home.root)) return home.root;
  const folder = besideTmp(home.root);
  log(`user ${user.name} cannot reach ${home.root}: PostgreSQL lives in ${folder}`);
  mkdirSync(folder, { recursive: true });
  // Everybody may write to the parent: what somebody else has put there is not ours to use.
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new StackProblem(`${folder} belongs to another user: remove it, or set SUANPAN_HOME.`);
  }
  chmodSync(folder, 0o711);
  return folder;
};

export interface PostgresPlan {
  readonly home: Home;
  readonly folder: string;
  readonly programs: PostgresPrograms;
  readonly user: ServerUser | undefined;
  readonly port: number;
  readonly password: string;
}

export const dataFolderOf = (folder: string): string => join(folder, 'postgres');

const owned = (path: string, user: ServerUser | undefined): void => {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
};

const environment = (bin: string): Record<string, string> => ({
  PATH: `${bin}:/usr/bin:/bin`,
  LC_ALL: 'C',
  TZ: 'UTC',
});

const initialize = async (plan: PostgresPlan): Promise<void> => {
  const data = dataFolderOf(plan.folder);
  const temporary = `${data}.tmp`;
  const passwordFile = join(plan.folder, 'postgres.pw');
  rmSync(temporary, { recursive: true, force: true });
  owned(temporary, plan.user);
  writeFileSync(passwordFile, `${plan.password}\n`, { mode: 0o600 });
  if (plan.user !== undefined) chownSync(passwordFile, plan.user.uid, plan.user.gid);
  try {
    await mustRun('Making the PostgreSQL data folder', {
      command: join(plan.programs.bin, 'initdb'),
      args: [
        ...['-D', temporary, '-U', SUPERUSER, '-k', `--pwfile=${passwordFile}`],
        ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
      ],
      cwd: temporary,
      env: environment(plan.programs.bin),
      uid: plan.user?.uid,
      gid: plan.user?.gid,
    });
    renameSync(temporary, data);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(temporary, { recursive: true, force: true });
  }
};

const sharedBuffers = (): string => {
  const eighthMiB = Math.floor(totalmem() / 8 / 1_048_576);
  return `${Math.max(64, Math.min(512, eighthMiB))}MB`;
};

const configuration = (port: number, socketFolder: string): string =>
  Object.entries({
    ...POSTGRES_SETTINGS,
    listen_addresses: HOST,
    port: String(port),
    unix_socket_directories: socketFolder,
    shared_buffers: sharedBuffers(),
    maintenance_work_mem: '128MB',
    work_mem: '16MB',
    random_page_cost: '1.1',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    datestyle: 'ISO, YMD',
    log_line_prefix: '%m [%p] %u@%d %a ',
  })
    .map(([key, value]) => `${key} = '${value}'\n`)
    .join('');

const rules = ['local all all scram-sha-256', `host all all ${HOST}/32 scram-sha-256`, ''].join(
  '\n',
);

/**
 * After a crash PostgreSQL refuses to start when the number in its old lock file now belongs to
 * another program. Our own server of this folder is known to be gone when this runs.
 */
const dropStaleLock = (data: string): void => {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (!isProgram(pid, 'postgres')) rmSync(lock);
};

/** Makes the data folder on the first start, and writes the configuration on each. */
export const preparePostgres = async (plan: PostgresPlan): Promise<void> => {
  const data = dataFolderOf(plan.folder);
  if (!existsSync(join(data, 'PG_VERSION'))) await initialize(plan);
  dropStaleLock(data);
  const tooLong = Buffer.byteLength(data) > SOCKET_FOLDER_MAX;
  const files = {
    'suanpan.conf': configuration(plan.port, tooLong ? '/tmp' : data),
    'postgresql.conf': "include 'suanpan.conf'\n",
    'pg_hba.conf': rules,
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(data, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (plan.user !== undefined) chownSync(file, plan.user.uid, plan.user.gid);
  }
};

/** What the guard runs. SIGINT is PostgreSQL's fast shutdown: sessions are ended, data kept. */
export const postgresOrder = ({ home, folder, programs, user }: PostgresPlan): Order => ({
  name: 'postgres',
  command: join(programs.bin, 'postgres'),
  args: ['-D', dataFolderOf(folder)],
  cwd: dataFolderOf(folder),
  env: environment(programs.bin),
  logFile: join(home.logs, 'postgres.log'),
  stopSignal: 'SIGINT',
  graceMs: 20_000,
  uid: user?.uid,
  gid: user?.gid,
});
