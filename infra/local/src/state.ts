/**
 * `stack.json`: what a stack remembers between two commands.
 *
 * Owns        generated passwords, chosen ports, where the servers are and which processes run.
 * Shape       StackState; written whole to a temporary name, then renamed; readable by its owner only.
 * Invariant   passwords and ports outlive the processes: they belong to the data, not to a run.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Home } from './home.js';
import { StackProblem } from './problem.js';

/** A process that can be told apart from a later one with the same number. */
export interface ProcessMark {
  readonly pid: number;
  readonly born: string;
}

export interface RunningServer {
  readonly name: string;
  readonly guard: ProcessMark;
  readonly server: ProcessMark;
}

export interface KafkaAddress {
  readonly brokers: string;
  readonly username: string | null;
  readonly password: string | null;
  /** Ours when the launcher runs the brokers; a given cluster is the owner's to configure. */
  readonly ours: boolean;
}

export interface StackState {
  readonly version: 1;
  clusterId: string;
  vaultKey: string;
  /** Passwords by server and user: `kafka.pricing`, `postgres.pricing_app`, `redis.default`. */
  passwords: Record<string, string>;
  ports: Record<string, number>;
  brokerCount: number;
  kafka: KafkaAddress | null;
  postgresUrl: string | null;
  redisUrl: string | null;
  /** Where PostgreSQL's data lie: not always under the home. */
  postgresFolder: string | null;
  servers: RunningServer[];
  /** Whether the servers outlive the command that started them. */
  detached: boolean;
}

/** 22 characters; Kafka's command line would read one that begins with a dash as an option. */
const newClusterId = (): string => {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
};

const fresh = (): StackState => ({
  version: 1,
  clusterId: newClusterId(),
  vaultKey: randomBytes(32).toString('hex'),
  passwords: {},
  ports: {},
  brokerCount: 1,
  kafka: null,
  postgresUrl: null,
  redisUrl: null,
  postgresFolder: null,
  servers: [],
  detached: false,
});

/** Reads the state of a home, or begins a new one. */
export const readState = (home: Home): StackState => {
  if (!existsSync(home.stateFile)) return fresh();
  try {
    return { ...fresh(), ...(JSON.parse(readFileSync(home.stateFile, 'utf8')) as StackState) };
  } catch {
    throw new StackProblem(`${home.stateFile} is not readable JSON: npm run stack -- reset.`);
  }
};

export const writeState = (home: Home, state: StackState): void => {
  const temporary = `${home.stateFile}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, home.stateFile);
};

export const removeState = (home: Home): void => rmSync(home.stateFile, { force: true });

/** The password of a user, made on first use. Hex, so that it needs no quoting anywhere. */
export const passwordOf = (state: StackState, user: string): string => {
  const password = state.passwords[user] ?? randomBytes(18).toString('hex');
  state.passwords[user] = password;
  return password;
};
