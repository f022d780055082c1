import { decode } from '@suanpan/messages';

import { type Snapshot, micros } from './database.js';
import type { Tally } from './findings.js';
import { hashOfFields } from './identity.js';
import { type TopicLog, recordsOf } from './log.js';

/**
 * The event streams of every service: versions without a gap, each event chained to the one before it, all of them
 * in the service's head log, and the head log as long as the last head that was exported to the topic.
 *
 * Source      I7, R15; reliability I15
 */
export const EVENT_SCHEMAS = ['ingest', 'pricing', 'profit_share', 'settlement'] as const;

/** The service whose heads are those of a schema. */
const SERVICE_OF: Readonly<Record<(typeof EVENT_SCHEMAS)[number], string>> = {
  ingest: 'usage-ingest',
  pricing: 'pricing',
  profit_share: 'profit-share',
  settlement: 'cross-border-settlement',
};

interface EventRow {
  readonly tenant: string;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly body: string;
  readonly recorded_at: string;
  readonly prev_hash: Buffer;
  readonly hash: Buffer;
}

interface HeadRow {
  readonly seq: string;
  readonly tenant: string;
  readonly stream_id: string;
  readonly version: number;
  readonly event_hash: Buffer;
  readonly prev_hash: Buffer;
  readonly hash: Buffer;
}

const NO_HASH = Buffer.alloc(32);

/** '2026-05-15T16:59:59.999999Z' */
export const instantText = (instant: bigint): string => {
  const fraction = String(((instant % 1_000_000n) + 1_000_000n) % 1_000_000n).padStart(6, '0');
  const millis = Number((instant - BigInt(fraction)) / 1_000n);
  return `${new Date(millis).toISOString().slice(0, 19)}.${fraction}Z`;
};

const keyOf = (row: { tenant: string; stream_id: string; version: number }): string =>
  JSON.stringify([row.tenant, row.stream_id, row.version]);

const eventFault = (row: EventRow, before: EventRow | undefined): string | null => {
  const expected = (before?.version ?? 0) + 1;
  if (row.version !== expected) return `version ${expected} is missing`;
  if (!row.prev_hash.equals(before?.hash ?? NO_HASH)) return 'is not chained to the one before it';
  const hash = hashOfFields([
    ...[row.tenant, row.stream_id, String(row.version), row.type, row.body],
    instantText(BigInt(row.recorded_at)),
    row.prev_hash,
  ]);
  return hash.equals(row.hash) ? null : 'its content is not what was chained';
};

const checkStreams = async (
  snapshot: Snapshot,
  schema: string,
  tally: Tally,
): Promise<ReadonlyMap<string, Buffer>> => {
  const hashes = new Map<string, Buffer>();
  let before: EventRow | undefined;
  const rows = snapshot.stream<EventRow>(
    `select tenant, stream_id, version, type, body, ${micros('recorded_at')} as recorded_at,
       prev_hash, hash
     from ${schema}.event_store order by tenant, stream_id, version`,
  );
  for await (const row of rows) {
    const isSame = before?.tenant === row.tenant && before.stream_id === row.stream_id;
    const fault = eventFault(row, isSame ? before : undefined);
    tally.see(fault === null ? null : `${schema} ${row.stream_id} v${row.version}: ${fault}`);
    hashes.set(keyOf(row), row.hash);
    before = row;
  }
  return hashes;
};

const headFault = (
  row: HeadRow,
  before: HeadRow | undefined,
  hash: Buffer | undefined,
): string | null => {
  const expected = BigInt(before?.seq ?? 0) + 1n;
  if (BigInt(row.seq) !== expected) return `entry ${expected} is missing`;
  if (!row.prev_hash.equals(before?.hash ?? NO_HASH)) return 'is not chained to the one before it';
  if (hash === undefined) return `${row.stream_id} v${row.version} was removed from the streams`;
  if (!hash.equals(row.event_hash)) return `${row.stream_id} v${row.version} was changed`;
  const own = hashOfFields([
    ...[row.seq, row.tenant, row.stream_id, String(row.version)],
    ...[row.event_hash, row.prev_hash],
  ]);
  return own.equals(row.hash) ? null : 'its hash is not that of its content';
};

const checkHeads = async (
  snapshot: Snapshot,
  { schema, hashes }: { schema: string; hashes: ReadonlyMap<string, Buffer> },
  tally: Tally,
): Promise<ReadonlyMap<string, Buffer>> => {
  const heads = new Map<string, Buffer>();
  let before: HeadRow | undefined;
  const rows = snapshot.stream<HeadRow>(
    `select seq, tenant, stream_id, version, event_hash, prev_hash, hash
     from ${schema}.head_log order by seq`,
  );
  for await (const row of rows) {
    const fault = headFault(row, before, hashes.get(keyOf(row)));
    tally.see(fault === null ? null : `${schema} head ${row.seq}: ${fault}`);
    heads.set(row.seq, row.hash);
    before = row;
  }
  return heads;
};

/** Heads that left the database: what stands in the topic must still stand in the log. */
const exportedHeads = (
  log: TopicLog | undefined,
): readonly { service: string; seq: string; hash: Buffer }[] =>
  recordsOf(log).flatMap(({ value }) => {
    const message = decode(value);
    if (message.type !== 'chain.head') return [];
    const { service, seq, hash } = message.value;
    return [{ service, seq: String(seq), hash: Buffer.from(hash) }];
  });

export interface StreamTallies {
  readonly streams: Tally;
  readonly heads: Tally;
}

/** All services' streams and head logs. */
export const checkAllStreams = async (
  snapshot: Snapshot,
  headTopic: TopicLog | undefined,
  { streams, heads }: StreamTallies,
): Promise<void> => {
  const exported = exportedHeads(headTopic);
  const present = await snapshot.rows<{ schema: string }>(
    `select table_schema as schema from information_schema.tables where table_name = 'event_store'`,
  );
  for (const schema of EVENT_SCHEMAS) {
    if (!present.some((row) => row.schema === schema)) continue;
    const hashes = await checkStreams(snapshot, schema, streams);
    const log = await checkHeads(snapshot, { schema, hashes }, heads);
    for (const { service, seq, hash } of exported) {
      if (service !== SERVICE_OF[schema]) continue;
      const stands = log.get(seq)?.equals(hash) === true;
      heads.see(stands ? null : `${service}: the exported head ${seq} does not stand in its log`);
    }
  }
};
