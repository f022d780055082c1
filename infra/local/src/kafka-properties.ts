/**
 * The broker's configuration, as text.
 *
 * Owns        listeners, authentication, authorization, replication and the limits of one broker.
 * Shape       CLIENT listener: SASL/SCRAM-SHA-512 for services. INTERNAL: SASL/SCRAM-SHA-512
 *             between brokers. CONTROLLER: SASL/PLAIN, because the quorum must authenticate before
 *             the log that holds SCRAM credentials can be read. All bound to 127.0.0.1.
 * Invariant   default deny: nobody is anonymous, and without an ACL nothing is allowed (R21).
 * Source      design.md R21, reliability.md D19
 */
import { HOST } from './ports.js';

export interface BrokerPorts {
  readonly client: number;
  readonly internal: number;
  readonly controller: number;
}

export interface BrokerPlan {
  /** 1-based. */
  readonly id: number;
  readonly brokers: readonly BrokerPorts[];
  readonly dataFolder: string;
  /** The password of user `broker`, between the brokers. */
  readonly brokerPassword: string;
  /** Where it listens and what it tells others; default 127.0.0.1 for both. */
  readonly hosts?: { readonly listen: string; readonly advertised: string };
}

const LOOPBACK = { listen: HOST, advertised: HOST };

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required';

/** How many copies are kept, and how many must have a record before it is acknowledged. */
export const replicationOf = (brokers: number): { replicas: number; minInSync: number } =>
  brokers >= 3 ? { replicas: 3, minInSync: 2 } : { replicas: 1, minInSync: 1 };

const listeners = (host: string, own: BrokerPorts): string =>
  `CLIENT://${host}:${own.client},INTERNAL://${host}:${own.internal}`;

const network = (
  { id, brokers, hosts = LOOPBACK }: BrokerPlan,
  own: BrokerPorts,
): Record<string, string | number> => ({
  'process.roles': 'broker,controller',
  'node.id': id,
  'controller.quorum.voters': brokers
    .map(({ controller }, index) => `${index + 1}@${hosts.advertised}:${controller}`)
    .join(','),
  listeners: `${listeners(hosts.listen, own)},CONTROLLER://${hosts.listen}:${own.controller}`,
  'advertised.listeners': listeners(hosts.advertised, own),
  'listener.security.protocol.map':
    'CLIENT:SASL_PLAINTEXT,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
  'inter.broker.listener.name': 'INTERNAL',
  'controller.listener.names': 'CONTROLLER',
});

const security = (password: string): Record<string, string | number> => ({
  'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
  'sasl.mechanism.controller.protocol': 'PLAIN',
  'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.scram-sha-512.sasl.jaas.config': `${SCRAM};`,
  'listener.name.internal.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.internal.scram-sha-512.sasl.jaas.config': `${SCRAM} username="broker" password="${password}";`,
  'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.controller.plain.sasl.jaas.config': `${PLAIN} username="broker" password="${password}" user_broker="${password}";`,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'false',
  'super.users': 'User:admin;User:broker',
});

const storage = (plan: BrokerPlan): Record<string, string | number> => {
  const { replicas, minInSync } = replicationOf(plan.brokers.length);
  return {
    'log.dirs': plan.dataFolder,
    'auto.create.topics.enable': 'false',
    'num.partitions': 1,
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    'unclean.leader.election.enable': 'false',
    // Topics say how long they keep; what says nothing is kept.
    'log.retention.ms': -1,
    'log.retention.bytes': -1,
    'log.message.timestamp.type': 'LogAppendTime',
    'offsets.topic.replication.factor': replicas,
    // Few partitions: a new group waits for all of them to load.
    'offsets.topic.num.partitions': 8,
    'offsets.retention.minutes': 525_600,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    // Index files are mapped per partition; 2 MiB index a whole segment of 1 GiB.
    'log.index.size.max.bytes': 2_097_152,
    'log.cleaner.dedupe.buffer.size': 33_554_432,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'num.recovery.threads.per.data.dir': 2,
  };
};

/** The text of one broker's server.properties. */
export const brokerProperties = (plan: BrokerPlan): string => {
  const own = plan.brokers[plan.id - 1];
  if (own === undefined) throw new RangeError(`No ports for broker ${plan.id}.`);
  const lines = { ...network(plan, own), ...security(plan.brokerPassword), ...storage(plan) };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
};
