/**
 * Kafka users that are made while the brokers run: a compute centre that streams into its own topic.
 *
 * Owns        SCRAM credentials through Kafka's own command (kafkajs has no call for them), and the
 *             grants of such a user.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { AclEntry, Admin } from 'kafkajs';
import { findJava } from './java.js';
import { aclsOf } from './kafka-access.js';
import type { Grant } from './kafka-access.js';
import { withAdmin } from './kafka-client.js';
import { kafkaJars } from './kafka-jars.js';
import { runKafkaTool } from './kafka-server.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import type { Stack } from './stack.js';
import { passwordOf, writeState } from './state.js';
import { waitUntil } from './waiting.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Allows what the grant says; allowing it again changes nothing. */
export const grantKafka = (stack: Stack, grants: readonly Grant[]): Promise<void> =>
  withAdmin(stack.kafka, async (admin) => {
    await admin.createAcls({ acl: grants.flatMap(aclsOf) });
  });

const keyOf = (acl: AclEntry): string =>
  [
    acl.principal,
    acl.resourceType,
    acl.resourcePatternType,
    acl.resourceName,
    acl.operation,
  ].join();

/** What a user is allowed at present. */
export const present = async (admin: Admin, user: string): Promise<readonly AclEntry[]> => {
  const { resources } = await admin.describeAcls({
    principal: `User:${user}`,
    resourceType: kafkajs.AclResourceTypes.ANY,
    resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
    operation: kafkajs.AclOperationTypes.ANY,
    permissionType: kafkajs.AclPermissionTypes.ANY,
  });
  return resources.flatMap(({ acls, resourceType, resourceName, resourcePatternType }) =>
    acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
  );
};

/** Allows what the table says to its users, and takes away what it no longer says. */
export const settleGrants = (stack: Stack, grants: readonly Grant[]): Promise<void> =>
  withAdmin(stack.kafka, async (admin) => {
    const wanted = grants.flatMap(aclsOf);
    const keys = new Set(wanted.map(keyOf));
    await admin.createAcls({ acl: [...wanted] });
    const found = await Promise.all(grants.map(({ user }) => present(admin, user)));
    const stale = found.flat().filter((acl) => !keys.has(keyOf(acl)));
    if (stale.length > 0) await admin.deleteAcls({ filters: stale });
  });

/**
 * Asks for a group's coordinator once: on a new cluster that makes the brokers' own topic of groups,
 * and the first consumers need not wait for it.
 */
export const warmGroups = (stack: Stack): Promise<void> =>
  withAdmin(stack.kafka, async (admin) => {
    // "Not the coordinator" is the answer until it has loaded its part of that topic.
    await waitUntil({ what: 'The group coordinator', limitMs: 60_000 }, () =>
      admin.fetchOffsets({ groupId: 'launcher', topics: [] }),
    );
  });

export interface Login {
  readonly user: string;
  readonly secret: string;
}

/** Makes a user, or gives it another password. No password stands in a command line. */
export const setPassword = async (
  stack: Stack,
  { user, secret }: Login,
  log: Log,
): Promise<void> => {
  if (!stack.kafka.ours) {
    throw new StackProblem('The brokers were given: their owner makes users.');
  }
  if (!NAME.test(user)) throw new StackProblem(`${user} is not a user name.`);
  const { username, password, brokers } = stack.kafka;
  const java = await findJava(stack.home, log);
  const lib = await kafkaJars(stack.home, java, log);
  const file = join(stack.home.kafka, `admin-${process.pid}.properties`);
  const wanted = join(stack.home.kafka, `user-${process.pid}.properties`);
  const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  writeFileSync(
    file,
    'security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n' +
      `sasl.jaas.config=${jaas} username="${username}" password="${password}";\n`,
    { mode: 0o600 },
  );
  writeFileSync(wanted, `SCRAM-SHA-512=password=${secret}\n`, { mode: 0o600 });
  try {
    await runKafkaTool(
      { home: stack.home, java, lib },
      {
        purpose: `Making the Kafka user ${user}`,
        args: [
          ...['kafka.admin.ConfigCommand', '--bootstrap-server', brokers],
          ...['--command-config', file, '--alter', '--entity-type', 'users'],
          ...['--entity-name', user, '--add-config-file', wanted],
        ],
      },
    );
  } finally {
    rmSync(file, { force: true });
    rmSync(wanted, { force: true });
  }
};

/** Makes a user with a password of its own and allows what the grant says; gives the password. */
export const addKafkaUser = async (
  stack: Stack,
  grant: Grant,
  log: Log = () => undefined,
): Promise<string> => {
  if (stack.state.passwords[`kafka.${grant.user}`] === undefined) {
    const secret = passwordOf(stack.state, `kafka.${grant.user}`);
    await setPassword(stack, { user: grant.user, secret }, log);
    writeState(stack.home, stack.state);
  }
  await grantKafka(stack, [grant]);
  return passwordOf(stack.state, `kafka.${grant.user}`);
};
