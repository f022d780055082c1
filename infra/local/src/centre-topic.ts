/**
 * Opens a centre's own way into Kafka: its topic, its user, and the grant to write that one topic.
 *
 * Owns        what needs the administrator's login, so that no service has to hold it.
 * Invariant   the password is given once and kept nowhere; a topic and a user that exist are left as
 *             they are, unless another password is asked for.
 * Source      rulings R18, R21; reliability row S46; docs/adr/0023-topic-of-a-centre.md
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { aclsOfCentre } from './kafka-access.js';
import { kafkaClient, withAdmin } from './kafka-client.js';
import { ensureTopics } from './kafka-topics.js';
import type { DeclaredTopic } from './kafka-topics.js';
import { present, setPassword } from './kafka-users.js';
import type { Log } from './problem.js';
import type { Stack } from './stack.js';

const SECRET_BYTES = 24;
const KNOWN_MS = 30_000;
const LOOK_MS = 200;

export interface CentreTopicOrder {
  readonly topic: DeclaredTopic;
  readonly user: string;
  /** Gives the user another password where it exists. */
  readonly newPassword: boolean;
}

export interface CentreTopicOpened {
  readonly brokers: string;
  readonly topic: string;
  readonly user: string;
  /** Null when the user exists and keeps its password. */
  readonly password: string | null;
}

/** Waits until every broker may be asked with the new password; it reaches them after it is set. */
const untilLogsIn = async (brokers: string, username: string, password: string): Promise<void> => {
  const end = performance.now() + KNOWN_MS;
  for (;;) {
    const admin = kafkaClient({ brokers, username, password, ours: true }, 0).admin();
    try {
      await admin.connect();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(LOOK_MS);
    } finally {
      await admin.disconnect();
    }
  }
};

export const openCentreTopic = async (
  stack: Stack,
  { topic, user, newPassword }: CentreTopicOrder,
  log: Log = () => undefined,
): Promise<CentreTopicOpened> => {
  const { kafka } = stack;
  const known = await withAdmin(kafka, async (admin) => {
    await ensureTopics(admin, [topic]);
    return (await present(admin, user)).length > 0;
  });
  const password = !known || newPassword ? randomBytes(SECRET_BYTES).toString('hex') : null;
  // The user before its grant: a run that was cut is found without one, and makes a password again.
  if (password !== null) {
    await setPassword(stack, { user, secret: password }, log);
    await untilLogsIn(kafka.brokers, user, password);
  }
  await withAdmin(kafka, (admin) => admin.createAcls({ acl: [...aclsOfCentre(user, topic.name)] }));
  return { brokers: kafka.brokers, topic: topic.name, user, password };
};
