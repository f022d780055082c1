/**
 * Who may do what in Kafka: the one table of users and grants. Everything else is denied.
 *
 * Owns        the users, and for each service what it reads, what it writes and its group prefix.
 * Invariant   a topic has the writers that docs/architecture.md 4 names and no other.
 * Source      docs/architecture.md 4; reliability.md S46
 */
import { SUBMITTED_PREFIX } from '@suanpan/messages';
import kafkajs from 'kafkajs';
import type { AclEntry, AclOperationTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';

/** The users that exist from the first format on. `admin` and `broker` are superusers. */
export const KAFKA_USERS = [
  'admin',
  'broker',
  'usage-ingest',
  'pricing',
  'profit-share',
  'cross-border-settlement',
  'auditor',
] as const;

export interface Grant {
  readonly user: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Consumer groups whose name begins so. */
  readonly groupPrefix: string;
  /** Topics whose name begins so: those that are made while the brokers run. */
  readonly readsPrefixed?: readonly string[];
}

export const GRANTS: readonly Grant[] = [
  {
    user: 'usage-ingest',
    // Its own refusals too: the list that people read is a projection of them.
    reads: ['contract', 'usage.refused'],
    writes: ['usage.recorded', 'usage.refused', 'chain.head'],
    groupPrefix: 'usage-ingest',
    readsPrefixed: [SUBMITTED_PREFIX],
  },
  {
    user: 'pricing',
    reads: ['usage.recorded'],
    // usage.recorded only for what an operator sends again out of the quarantine.
    writes: [
      ...[
        'usage.recorded',
        'usage.quarantined',
        'usage.rated',
        'contract',
        'price-table',
        'period',
      ],
      ...['invoice', 'credit-note', 'quota', 'chain.head'],
    ],
    groupPrefix: 'pricing',
  },
  {
    user: 'profit-share',
    reads: ['usage.rated', 'contract', 'period', 'invoice', 'credit-note'],
    writes: ['agreement', 'statement', 'chain.head'],
    groupPrefix: 'profit-share',
  },
  {
    user: 'cross-border-settlement',
    reads: ['invoice', 'credit-note', 'statement', 'agreement', 'contract'],
    writes: ['settlement', 'payment', 'fx-rate', 'chain.head'],
    groupPrefix: 'cross-border-settlement',
  },
  { user: 'auditor', reads: ['*'], writes: [], groupPrefix: 'auditor' },
];

const { READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS } = kafkajs.AclOperationTypes;

interface Target {
  readonly resourceType: AclResourceTypes;
  readonly resourceName: string;
  readonly resourcePatternType: ResourcePatternTypes;
}

const topic = (name: string): Target => ({
  resourceType: kafkajs.AclResourceTypes.TOPIC,
  resourceName: name,
  resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
});

const topicsFrom = (prefix: string): Target => ({
  ...topic(prefix),
  resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
});

const group = (prefix: string): Target => ({
  resourceType: kafkajs.AclResourceTypes.GROUP,
  resourceName: prefix,
  resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
});

const allowing =
  (user: string) =>
  (target: Target, operations: readonly AclOperationTypes[]): AclEntry[] =>
    operations.map((operation) => ({
      ...target,
      operation,
      principal: `User:${user}`,
      host: '*',
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
    }));

/** What a centre may do: write its own topic and see that it is there. No group, no other topic. */
export const aclsOfCentre = (user: string, ownTopic: string): readonly AclEntry[] =>
  allowing(user)(topic(ownTopic), [WRITE, DESCRIBE]);

/** The ACL entries of one grant. Whoever uses a topic may also see its settings. */
export const aclsOf = (grant: Grant): readonly AclEntry[] => {
  const { user, reads, writes, groupPrefix, readsPrefixed = [] } = grant;
  const allow = allowing(user);
  return [
    ...reads.flatMap((name) => allow(topic(name), [READ, DESCRIBE, DESCRIBE_CONFIGS])),
    ...readsPrefixed.flatMap((prefix) => allow(topicsFrom(prefix), [READ, DESCRIBE])),
    ...writes.flatMap((name) => allow(topic(name), [WRITE, DESCRIBE, DESCRIBE_CONFIGS])),
    ...allow(group(groupPrefix), [READ, DESCRIBE]),
  ];
};
