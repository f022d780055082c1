/**
 * The stack as its users hold it: addresses, passwords, and how to end it.
 *
 * Owns        the shape of a running stack, read from the state that the start has written.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from './home.js';
import { openHome } from './home.js';
import { pingKafka } from './kafka-client.js';
import { pingPostgres } from './postgres-client.js';
import { StackProblem } from './problem.js';
import { isAlive } from './processes.js';
import { pingRedis } from './redis-server.js';
import { readState } from './state.js';
import type { KafkaAddress, StackState } from './state.js';

export const DATABASE = 'suanpan';
const PATIENCE_MS = 60_000;

export interface Stack {
  readonly home: Home;
  readonly state: StackState;
  /** Kafka as its administrator. */
  readonly kafka: KafkaAddress;
  readonly postgres: {
    /** The superuser, connected to database `suanpan`. */
    readonly superuserUrl: string;
    /** The same database as another role; its password is made on first use. */
    urlFor(role: string): string;
  };
  readonly redis: { readonly url: string };
  /** Whether `stop` ends the servers: not when another command started them. */
  readonly ownsServers: boolean;
  stop(): Promise<void>;
}

const inDatabase = (adminUrl: string, database: string): URL => {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url;
};

const urlAs = (adminUrl: string, role: string, password: string): string => {
  const url = inDatabase(adminUrl, DATABASE);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  return url.toString();
};

/** The handle of a stack whose servers run. */
export const stackOf = (
  home: Home,
  state: StackState,
  ending: { readonly ownsServers: boolean; readonly stop: () => Promise<void> },
): Stack => {
  const { kafka, postgresUrl, redisUrl } = state;
  if (kafka === null || postgresUrl === null || redisUrl === null) {
    throw new StackProblem('The stack is not running: npm run stack -- up.');
  }
  return {
    home,
    state,
    kafka,
    postgres: {
      superuserUrl: inDatabase(postgresUrl, DATABASE).toString(),
      urlFor: (role) => {
        const password = state.passwords[`postgres.${role}`];
        if (password === undefined) throw new StackProblem(`There is no role ${role}.`);
        return urlAs(postgresUrl, role, password);
      },
    },
    redis: { url: redisUrl },
    ...ending,
  };
};

const isComplete = ({ kafka, postgresUrl, redisUrl, servers }: StackState): boolean =>
  kafka !== null &&
  postgresUrl !== null &&
  redisUrl !== null &&
  servers.every(({ guard, server }) => isAlive(guard) && isAlive(server));

/** Whether every server that we started runs and everything answers. */
export const isAnswering = async (state: StackState): Promise<boolean> => {
  const { kafka, postgresUrl, redisUrl } = state;
  if (!isComplete(state) || kafka === null || postgresUrl === null || redisUrl === null) {
    return false;
  }
  const pings = [
    pingKafka(kafka, kafka.ours ? state.brokerCount : 1),
    pingPostgres(postgresUrl),
    pingRedis(redisUrl),
  ];
  return (await Promise.allSettled(pings)).every(({ status }) => status === 'fulfilled');
};

/** As isAnswering, with patience for servers that run: a busy machine is no reason to end them. */
export const answersSoon = async (state: StackState): Promise<boolean> => {
  const end = performance.now() + PATIENCE_MS;
  while (isComplete(state)) {
    if (await isAnswering(state)) return true;
    // A given server that is away is not ours to wait for.
    if (state.servers.length === 0 || performance.now() > end) return false;
    await sleep(500);
  }
  return false;
};

/** A stack that another command has started; halts with one sentence when it does not answer. */
export const attachStack = async (folder?: string): Promise<Stack> => {
  const home = openHome(folder);
  const state = readState(home);
  if (!(await answersSoon(state))) {
    throw new StackProblem(`No stack answers in ${home.root}: npm run stack -- up.`);
  }
  return stackOf(home, state, { ownsServers: false, stop: () => Promise.resolve() });
};
