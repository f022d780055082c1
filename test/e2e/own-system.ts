/**
 * A whole system of its own for one suite: servers, services and data under another home, driven through the
 * command line as a person would.
 *
 * Invariant   it ends with the suite, and shares nothing with the other suites but the downloaded packages.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resetStack, type Stack, startStack } from '@suanpan/local-stack';
import pg from 'pg';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'apps', 'suanpan', 'bin', 'suanpan.mjs');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface RunningProgram {
  readonly ended: Promise<Ended>;
  /** What it has said so far. */
  said(): string;
}

export interface OwnSystem {
  readonly home: string;
  readonly stack: Stack;
  /** Starts `suanpan …` on this system. */
  begin(...args: readonly string[]): RunningProgram;
  /** Runs `suanpan …` to its end. */
  run(...args: readonly string[]): Promise<Ended>;
  /** SQL as the superuser, with every trigger off: to plant what no service could. */
  plant(sql: string): Promise<number>;
  query<R>(sql: string): Promise<R[]>;
  end(): Promise<void>;
}

const packagesFolder = (): string =>
  process.env['SUANPAN_PACKAGES'] ??
  join(process.env['SUANPAN_HOME'] ?? join(ROOT, '.suanpan'), 'packages');

const begin = (env: NodeJS.ProcessEnv, args: readonly string[]): RunningProgram => {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { ended, said: () => output };
};

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** Starts the servers of a new, empty system. */
export const ownSystem = async (): Promise<OwnSystem> => {
  const home = mkdtempSync(join(tmpdir(), 'suanpan-e2e-'));
  const packages = packagesFolder();
  process.env['SUANPAN_PACKAGES'] = packages;
  const stack = await startStack({ home });
  const env = { ...process.env, SUANPAN_HOME: home, SUANPAN_PACKAGES: packages };
  const { superuserUrl } = stack.postgres;
  return {
    home,
    stack,
    begin: (...args) => begin(env, args),
    run: (...args) => begin(env, args).ended,
    plant: (sql) =>
      withClient(superuserUrl, async (client) => {
        await client.query(`set session_replication_role = 'replica'`);
        return (await client.query(sql)).rowCount ?? 0;
      }),
    query: <R>(sql: string) =>
      withClient(superuserUrl, async (client) => (await client.query(sql)).rows as R[]),
    end: async () => {
      await stack.stop();
      await resetStack({ home });
      rmSync(home, { recursive: true, force: true });
    },
  };
};

interface KnownService {
  readonly name: string;
  readonly pid: number;
}

/** The processes of the services, as `suanpan start` wrote them down. */
export const servicesOf = ({ home }: OwnSystem): readonly KnownService[] =>
  JSON.parse(readFileSync(join(home, 'services.json'), 'utf8')) as readonly KnownService[];

const LOOK_MS = 50;
const SAID_LINES = 30;

/** Waits until a program has said something so many times; shows its last lines when it ends before. */
export const untilSaid = async (
  program: RunningProgram,
  words: string,
  times: number,
): Promise<void> => {
  let end: Ended | null = null;
  void program.ended.then((ended) => {
    end = ended;
  });
  while (program.said().split(words).length <= times) {
    if (end !== null) {
      const last = program.said().trimEnd().split('\n').slice(-SAID_LINES).join('\n');
      throw new Error(`It ended before it said "${words}":\n${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
