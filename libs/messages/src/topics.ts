/**
 * The one list of topics.
 *
 * Owns        names, partitions, retention, limits, and which messages a topic carries.
 * Invariant   `usage.recorded` has 64 partitions for ever; usage and families are kept for ever,
 *             since replay starts from them (R2); the broker's clock stamps every record.
 * Source      docs/architecture.md 4; reliability.md D19, B67, B69; rulings R17, R21
 */
import { Defect } from '@suanpan/event-sourcing';
import type { MessageType } from './codec.js';
import { USAGE_PARTITIONS } from './identity.js';
import { limitOf } from './versions.js';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** -1 keeps records for ever. */
  readonly retentionMs: number;
  /** What the key of a record is. */
  readonly key: string;
  /** The one service that writes it. */
  readonly writer: string;
  /** Who may also put records on it again. */
  readonly redriver?: string;
  /** The message types that it carries. */
  readonly types: readonly MessageType[];
  /** The broker's settings, without those that depend on the number of brokers. */
  readonly config: Readonly<Record<string, string>>;
}

/** Headers, keys and the batch's own frame, beside the message. */
const RECORD_SLACK_BYTES = 65_536;
const FOREVER = -1;

const topic = (spec: Omit<TopicSpec, 'retentionMs' | 'config'>): TopicSpec => ({
  ...spec,
  retentionMs: FOREVER,
  config: {
    'cleanup.policy': 'delete',
    'retention.ms': String(FOREVER),
    'retention.bytes': '-1',
    'message.timestamp.type': 'LogAppendTime',
    // A topic that others may write to says `gzip`, the only codec that kafkajs reads (R21).
    'compression.type': 'producer',
    'max.message.bytes': String(Math.max(...spec.types.map(limitOf)) + RECORD_SLACK_BYTES),
  },
});

const family = (name: string, writer: string, types: readonly MessageType[]): TopicSpec =>
  topic({ name, partitions: 8, key: 'stream id', writer, types });

export const topics: readonly TopicSpec[] = [
  topic({
    name: 'usage.recorded',
    partitions: USAGE_PARTITIONS,
    key: 'identity',
    writer: 'usage-ingest',
    redriver: 'pricing',
    types: ['usage.recorded'],
  }),
  topic({
    name: 'usage.refused',
    partitions: 8,
    key: 'centre',
    writer: 'usage-ingest',
    types: ['usage.refused'],
  }),
  topic({
    name: 'usage.quarantined',
    partitions: 8,
    key: 'identity, or topic/partition/offset',
    writer: 'pricing',
    types: ['usage.quarantined'],
  }),
  topic({
    name: 'usage.rated',
    partitions: 16,
    key: 'source partition number',
    writer: 'pricing',
    types: ['usage.rated'],
  }),
  topic({
    name: 'usage.hold',
    partitions: 8,
    key: 'contract',
    writer: 'provenance',
    types: ['usage.hold-placed', 'usage.hold-released'],
  }),
  family('contract', 'pricing', ['contract.signed', 'contract.ended']),
  family('price-table', 'pricing', ['price-table.version-activated']),
  family('period', 'pricing', ['period.closed']),
  family('invoice', 'pricing', ['invoice.issued']),
  family('credit-note', 'pricing', ['credit-note.issued']),
  family('quota', 'pricing', ['quota.granted']),
  family('agreement', 'profit-share', ['agreement.signed', 'agreement.ended']),
  family('statement', 'profit-share', ['statement.issued']),
  family('settlement', 'cross-border-settlement', ['settlement.completed']),
  family('payment', 'cross-border-settlement', ['payment.received', 'payment.sent']),
  family('fx-rate', 'cross-border-settlement', ['fx-rate.published']),
  family('authorization', 'provenance', ['authorization.granted']),
  topic({
    name: 'chain.head',
    partitions: 1,
    key: 'service',
    writer: 'each service',
    types: ['chain.head'],
  }),
];

/** The name on the broker; tests put a prefix before it. */
export const topicName = (prefix: string, name: string): string => `${prefix}${name}`;

/** The topic on which messages of a type travel. */
export const topicOf = (type: MessageType): TopicSpec => {
  const found = topics.find((spec) => spec.types.includes(type));
  if (found === undefined) throw new Defect('NO_TOPIC', `No topic carries ${type}.`);
  return found;
};
