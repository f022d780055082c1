/**
 * Brings the three servers up: given ones, the machine's, or fetched ones, in this order.
 *
 * Owns        the reuse of what runs, the cleaning after a crash, the clean end of a failed start.
 * Invariant   a stack that runs and answers is never restarted by another command.
 */
import { existsSync } from 'node:fs';
import { openHome } from './home.js';
import type { Home } from './home.js';
import { withLock } from './lock.js';
import { dataFolderOf } from './postgres-server.js';
import { StackProblem, allSettled } from './problem.js';
import type { Log } from './problem.js';
import { makePasswords, provision } from './provision.js';
import { answersSoon, stackOf } from './stack.js';
import type { Stack } from './stack.js';
import { startKafka } from './start-kafka.js';
import { startPostgres } from './start-postgres.js';
import { startRedis } from './start-redis.js';
import { beginStart } from './starting.js';
import { readState, writeState } from './state.js';
import type { StackState } from './state.js';
import { stopRecorded } from './stop.js';
import { handleSignals, superviseServer } from './supervisor.js';

export interface StartOptions {
  /** The data folder; default SUANPAN_HOME, else .suanpan of the repository. */
  readonly home?: string;
  readonly log?: Log;
  /** Leave the servers running when this process ends, until `stack down`. */
  readonly detached?: boolean;
  /** 1 or 3; default STACK_BROKERS, else what the data folder holds, else 1. */
  readonly brokers?: number;
}

const seconds = (since: number): string =>
  `${Math.round((performance.now() - since) / 100) / 10} s`;

const brokerCountOf = (options: StartOptions, state: StackState): number => {
  const text = process.env['STACK_BROKERS'];
  const wanted = options.brokers ?? (text === undefined ? undefined : Number(text));
  if (wanted === undefined) return state.brokerCount;
  if (wanted !== 1 && wanted !== 3) throw new StackProblem('STACK_BROKERS is 1 or 3.');
  if (state.ports['kafka-1'] !== undefined && wanted !== state.brokerCount) {
    throw new StackProblem(
      `The data of this stack belong to ${state.brokerCount} broker(s), not ${wanted}: ` +
        'npm run stack -- reset drops them.',
    );
  }
  return wanted;
};

/** Whether the running servers are those that the environment gives, or gives none. */
export const fitsEnvironment = (
  state: StackState,
  env: Readonly<Record<string, string | undefined>>,
): boolean => {
  const ours = (name: string): boolean => state.servers.some((server) => server.name === name);
  const pairs = [
    [env['KAFKA_BROKERS'], state.kafka?.ours === true ? undefined : state.kafka?.brokers],
    [env['DATABASE_URL'], ours('postgres') ? undefined : state.postgresUrl],
    [env['REDIS_URL'], ours('redis') ? undefined : state.redisUrl],
  ];
  return pairs.every(([given, used]) => (given === '' ? undefined : given) === (used ?? undefined));
};

/** Data folders whose passwords are lost can never be opened again. */
const checkPasswords = (home: Home, state: StackState): void => {
  const orphaned = [
    ['kafka.admin', home.kafka],
    ['postgres.superuser', dataFolderOf(state.postgresFolder ?? home.root)],
  ].find(([user, folder]) => state.passwords[user ?? ''] === undefined && existsSync(folder ?? ''));
  if (orphaned !== undefined) {
    throw new StackProblem(
      `${orphaned[1]} holds data, but ${home.stateFile} has no password for them: ` +
        'npm run stack -- reset drops them.',
    );
  }
};

const forget = (state: StackState, options: StartOptions): void => {
  state.servers = [];
  state.kafka = null;
  state.postgresUrl = null;
  state.redisUrl = null;
  state.detached = options.detached === true;
  state.brokerCount = brokerCountOf(options, state);
  // Before any data folder is made with them: a crash in between must not lose a password.
  makePasswords(state);
};

/** Frees what a crash has left behind, then starts. */
const startAfresh = async (
  home: Home,
  state: StackState,
  options: StartOptions,
): Promise<Stack> => {
  const log = options.log ?? (() => undefined);
  await stopRecorded(state, log);
  checkPasswords(home, state);
  forget(state, options);
  writeState(home, state);
  const starting = beginStart(home, state, log);
  const { stop } = starting;
  if (options.detached !== true) superviseServer({ name: 'stack', stop });
  try {
    await allSettled([startKafka(starting), startPostgres(starting), startRedis(starting)]);
    writeState(home, state);
    const stack = stackOf(home, state, { ownsServers: true, stop });
    await provision(stack, log);
    if (options.detached === true) starting.release();
    return stack;
  } catch (error) {
    await stop();
    throw error;
  }
};

const join = async (home: Home, state: StackState, options: StartOptions): Promise<Stack> => {
  brokerCountOf(options, state);
  options.log?.(`the stack of ${home.root} already runs`);
  const stack = stackOf(home, state, { ownsServers: false, stop: () => Promise.resolve() });
  await provision(stack, options.log);
  return stack;
};

/**
 * Starts the stack of a home, or joins it when it already runs there. Unless `detached`, the
 * servers end with this process, whatever ends it.
 */
export const startStack = async (options: StartOptions = {}): Promise<Stack> => {
  const home = openHome(options.home);
  const log = options.log ?? (() => undefined);
  if (options.detached !== true) handleSignals();
  const begun = performance.now();
  return withLock(home, log, async () => {
    const state = readState(home);
    if (fitsEnvironment(state, process.env) && (await answersSoon(state))) {
      return join(home, state, options);
    }
    const stack = await startAfresh(home, state, options);
    log(`the stack is up (${seconds(begun)})`);
    return stack;
  });
};
