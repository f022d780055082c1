/**
 * What every service finds in the servers: users, grants, the database. Safe to run again.
 *
 * Owns        the order of provisioning. Topics come from libs/messages, tables from migrations.
 */
import { GRANTS, KAFKA_USERS } from './kafka-access.js';
import { settleGrants, warmGroups } from './kafka-users.js';
import { POSTGRES_ROLES, provisionPostgres } from './postgres-provision.js';
import type { Log } from './problem.js';
import type { Stack } from './stack.js';
import { passwordOf, writeState } from './state.js';
import type { StackState } from './state.js';

const EVERY_USER: readonly string[] = [
  ...KAFKA_USERS.map((user) => `kafka.${user}`),
  ...['superuser', ...POSTGRES_ROLES].map((role) => `postgres.${role}`),
  'redis.default',
];

/** Gives every user that has none a password. */
export const makePasswords = (state: StackState): void => {
  for (const user of EVERY_USER) passwordOf(state, user);
};

/** Kafka's users and their passwords, as the format of a broker wants them. */
export const kafkaUsers = (state: StackState): Readonly<Record<string, string>> =>
  Object.fromEntries(KAFKA_USERS.map((user) => [user, passwordOf(state, `kafka.${user}`)]));

/** Makes users, grants, the database, schemas and roles; a given Kafka keeps its own users. */
export const provision = async (stack: Stack, log: Log = () => undefined): Promise<void> => {
  await Promise.all([
    provisionPostgres(stack),
    ...(stack.kafka.ours ? [settleGrants(stack, GRANTS), warmGroups(stack)] : []),
  ]);
  writeState(stack.home, stack.state);
  log('users, grants, database and schemas are in place');
};
