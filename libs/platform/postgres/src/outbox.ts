/**
 * What a service says to the others, written in the transaction that stores the effect.
 *
 * Shape       lane = hash(key) mod OUTBOX_LANES; within a lane messages leave in the order of ids.
 * Invariant   the wire version of a stream's messages on a topic has no gap, whatever versions of
 *             the aggregate are published: it is counted here, under the stream's row lock.
 * Source      design ruling R13, reliability D07
 */
import { createHash } from 'node:crypto';
import { currentTraceparent } from '@suanpan/platform-observability';
import type { Tx } from './database.js';

/** Fixed: two relays that disagreed about the lanes would not exclude each other. */
export const OUTBOX_LANES = 8;

export interface OutboxMessage {
  /** The topic's name without a prefix. */
  readonly topic: string;
  readonly key: Buffer | string;
  readonly type: string;
  readonly tenant: string;
  readonly streamId: string;
  /** The aggregate's version, where there is one. The wire has its own count without gaps. */
  readonly streamVersion?: number | bigint;
  readonly value: Buffer;
}

const asBytes = (key: Buffer | string): Buffer =>
  typeof key === 'string' ? Buffer.from(key, 'utf8') : key;

/** The lane of a key; messages of one key never overtake each other. */
export const laneOf = (key: Buffer): number =>
  createHash('sha256').update(key).digest().readUInt32BE(0) % OUTBOX_LANES;

const streamOf = (message: OutboxMessage): string =>
  JSON.stringify([message.topic, message.tenant, message.streamId]);

const COUNT = `
insert into outbox_stream (topic, tenant, stream_id, stream_version)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) order by 1, 2, 3
on conflict (topic, tenant, stream_id) do update
  set stream_version = outbox_stream.stream_version + excluded.stream_version
returning topic, tenant, stream_id, stream_version`;

interface CountRow {
  readonly topic: string;
  readonly tenant: string;
  readonly stream_id: string;
  readonly stream_version: string;
}

/** Reserves the wire versions of all messages; gives each stream's first one. */
const countStreams = async (
  tx: Tx,
  messages: readonly OutboxMessage[],
): Promise<Map<string, bigint>> => {
  const counts = new Map<string, { message: OutboxMessage; count: bigint }>();
  for (const message of messages) {
    const stream = streamOf(message);
    counts.set(stream, { message, count: (counts.get(stream)?.count ?? 0n) + 1n });
  }
  const streams = [...counts.values()];
  const rows = await tx.query<CountRow>(COUNT, [
    streams.map(({ message }) => message.topic),
    streams.map(({ message }) => message.tenant),
    streams.map(({ message }) => message.streamId),
    streams.map(({ count }) => count.toString()),
  ]);
  const first = new Map<string, bigint>();
  for (const row of rows) {
    const stream = JSON.stringify([row.topic, row.tenant, row.stream_id]);
    const count = counts.get(stream)?.count ?? 0n;
    first.set(stream, BigInt(row.stream_version) - count + 1n);
  }
  return first;
};

const INSERT = `
insert into outbox
  (lane, topic, key, type, tenant, stream_id, stream_version, value, traceparent)
select lane, topic, key, type, tenant, stream_id, stream_version, value, $9
from unnest($1::smallint[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[],
            $7::bigint[], $8::bytea[])
  with ordinality as m(lane, topic, key, type, tenant, stream_id, stream_version, value, place)
order by place`;

/** Adds messages to the outbox; they leave after the commit, at least once, in order per key. */
export const enqueue = async (tx: Tx, messages: readonly OutboxMessage[]): Promise<void> => {
  if (messages.length === 0) return;
  const next = await countStreams(tx, messages);
  const keys = messages.map((message) => asBytes(message.key));
  const versions = messages.map((message) => {
    const stream = streamOf(message);
    const version = next.get(stream) ?? 1n;
    next.set(stream, version + 1n);
    return version.toString();
  });
  await tx.query(INSERT, [
    keys.map(laneOf),
    messages.map((message) => message.topic),
    keys,
    messages.map((message) => message.type),
    messages.map((message) => message.tenant),
    messages.map((message) => message.streamId),
    versions,
    messages.map((message) => message.value),
    currentTraceparent() ?? null,
  ]);
};
