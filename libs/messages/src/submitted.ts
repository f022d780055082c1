/**
 * The topics that centres write themselves: one for each centre of each tenant.
 *
 * Owns        their names and settings, and the name of the Kafka user that writes one. Which exist
 *             is registered with usage-ingest.
 * Invariant   the tenant is part of the name: two tenants' centres of one name never meet. The broker
 *             writes gzip whatever the sender used, the only codec that kafkajs reads.
 * Source      issue 4 part 1; rulings R18, R21; reliability rows B67, B69
 */
import { Malformed } from '@suanpan/event-sourcing';

export const SUBMITTED_PREFIX = 'usage.submitted.';
const PARTITIONS = 4;
/** A topic is the way in, not the record: what it held lies in usage.recorded and usage.refused. */
const RETENTION_MS = 2_592_000_000;
/** Of a compressed batch: an event of 1 MiB and its frame. */
const BATCH_BYTES_MAX = 1_114_112;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface CentreOf {
  readonly tenant: string;
  readonly centre: string;
}

const nameOf = ({ tenant, centre }: CentreOf): string => {
  for (const part of [tenant, centre]) {
    if (!NAME.test(part)) {
      const rule = 'A topic is named with 1 to 64 of A-Z, a-z, 0-9, dot, dash and underscore.';
      throw new Malformed('INVALID_TOPIC', rule);
    }
  }
  return `${tenant}.${centre}`;
};

/** `usage.submitted.shantou.eastern-guangdong`. */
export const submittedTopic = (whose: CentreOf): string => `${SUBMITTED_PREFIX}${nameOf(whose)}`;

/** The Kafka user that writes a centre's topic. */
export const centreUser = (whose: CentreOf): string => `centre.${nameOf(whose)}`;

/** The topic as it is made on the broker. */
export const submittedSpec = (whose: CentreOf) => ({
  name: submittedTopic(whose),
  partitions: PARTITIONS,
  retentionMs: RETENTION_MS,
  config: {
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'LogAppendTime',
    'compression.type': 'gzip',
    'max.message.bytes': String(BATCH_BYTES_MAX),
  },
});
