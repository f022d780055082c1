/**
 * What a receiver has already heard of a stream: last + 1 applies, the seen is dropped, what is
 * beyond waits.
 *
 * Source      design ruling R13, reliability D07
 */
import type { Tx } from './database.js';

export interface Heard {
  /** The topic's name without a prefix. */
  readonly source: string;
  readonly tenant: string;
  readonly streamId: string;
  readonly version: bigint;
}

export type Acceptance = 'apply' | 'seen' | 'ahead';

const LAST = `
select last_version from inbox where source = $1 and tenant = $2 and stream_id = $3 for update`;

const SAVE = `
insert into inbox (source, tenant, stream_id, last_version) values ($1, $2, $3, $4)
on conflict (source, tenant, stream_id) do update set last_version = excluded.last_version`;

/** Says whether a message is the next of its stream, and remembers it when it is. */
export const acceptOnce = async (tx: Tx, heard: Heard): Promise<Acceptance> => {
  const key = [heard.source, heard.tenant, heard.streamId];
  const [row] = await tx.query<{ last_version: string }>(LAST, key);
  const last = BigInt(row?.last_version ?? 0);
  if (heard.version <= last) return 'seen';
  if (heard.version > last + 1n) return 'ahead';
  await tx.query(SAVE, [...key, heard.version.toString()]);
  return 'apply';
};

/** A message that came before its predecessor. */
export interface ParkedMessage extends Heard {
  readonly partition: number;
  readonly offset: bigint;
  readonly type: string;
  readonly value: Buffer;
}

/** Keeps an early message until its predecessor has been applied. */
export const park = async (tx: Tx, message: ParkedMessage): Promise<void> => {
  await tx.query(
    `insert into inbox_parked
       (source, tenant, stream_id, stream_version, partition, log_offset, type, value)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [
      message.source,
      message.tenant,
      message.streamId,
      message.version.toString(),
      message.partition,
      message.offset.toString(),
      message.type,
      message.value,
    ],
  );
};

interface ParkedRow {
  readonly partition: number;
  readonly log_offset: string;
  readonly type: string;
  readonly value: Buffer;
}

/** Takes the parked message that follows `heard`, if it has come already. */
export const takeParked = async (tx: Tx, heard: Heard): Promise<ParkedMessage | undefined> => {
  const version = heard.version + 1n;
  const [row] = await tx.query<ParkedRow>(
    `delete from inbox_parked
     where source = $1 and tenant = $2 and stream_id = $3 and stream_version = $4
     returning partition, log_offset, type, value`,
    [heard.source, heard.tenant, heard.streamId, version.toString()],
  );
  if (row === undefined) return undefined;
  const { partition, type, value } = row;
  return { ...heard, version, partition, offset: BigInt(row.log_offset), type, value };
};

/** How many messages have waited longer than `olderThanMs` for a predecessor. */
export const countParked = async (tx: Tx, olderThanMs: number): Promise<number> => {
  const [row] = await tx.query<{ count: string }>(
    `select count(*) from inbox_parked
     where parked_at < clock_timestamp() - make_interval(secs => $1::double precision / 1000)`,
    [olderThanMs],
  );
  return Number(row?.count ?? 0);
};
