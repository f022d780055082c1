/**
 * One chained log of every append of a service, whose head is exported: it shows a removed stream
 * or a cut tail, which a stream's own chain cannot.
 *
 * Shape       built off the hot path by whoever calls `extendHeadLog`; one at a time.
 * Invariant   hash(seq) = SHA-256 over the length-prefixed (seq, tenant, stream, version, event's
 *             hash, hash(seq − 1)); every event enters once.
 * Source      design ruling R15, reliability I15
 */
import { NO_HASH, hashFields } from './canonical.js';
import type { Database, Tx } from './database.js';
import { toRowInstant } from './instants.js';

export interface ChainHead {
  readonly service: string;
  readonly seq: bigint;
  readonly hash: Buffer;
}

export interface HeadEntry {
  readonly seq: bigint;
  readonly tenant: string;
  readonly streamId: string;
  readonly version: number;
  readonly eventHash: Buffer;
  readonly prevHash: Buffer;
}

/** The hash that chains one append to the one before it in the service. */
export const headHash = (entry: HeadEntry): Buffer =>
  hashFields([
    entry.seq.toString(),
    entry.tenant,
    entry.streamId,
    entry.version.toString(),
    entry.eventHash,
    entry.prevHash,
  ]);

const BATCH_MAX = 1_000;

interface MissingRow {
  readonly tenant: string;
  readonly stream_id: string;
  readonly version: number;
  readonly hash: Buffer;
}

const LOCK = `select pg_advisory_xact_lock(hashtext(current_schema()::text || ':head_log'))`;

const MISSING = `
select e.tenant, e.stream_id, e.version, e.hash from event_store e
where not exists (
  select 1 from head_log h
  where h.tenant = e.tenant and h.stream_id = e.stream_id and h.version = e.version)
order by e.position limit ${BATCH_MAX}`;

const INSERT = `
insert into head_log (seq, tenant, stream_id, version, event_hash, prev_hash, hash)
values ($1, $2, $3, $4, $5, $6, $7)`;

const lastEntry = async (tx: Tx): Promise<{ seq: bigint; hash: Buffer }> => {
  const [row] = await tx.query<{ seq: string; hash: Buffer }>(
    `select seq, hash from head_log order by seq desc limit 1`,
  );
  return row === undefined ? { seq: 0n, hash: NO_HASH } : { seq: BigInt(row.seq), hash: row.hash };
};

const extendOnce = async (tx: Tx): Promise<number> => {
  await tx.query(LOCK);
  let { seq, hash } = await lastEntry(tx);
  const missing = await tx.query<MissingRow>(MISSING);
  for (const row of missing) {
    seq += 1n;
    const entry: HeadEntry = {
      seq,
      tenant: row.tenant,
      streamId: row.stream_id,
      version: row.version,
      eventHash: row.hash,
      prevHash: hash,
    };
    hash = headHash(entry);
    await tx.query(INSERT, [
      seq.toString(),
      entry.tenant,
      entry.streamId,
      entry.version,
      entry.eventHash,
      entry.prevHash,
      hash,
    ]);
  }
  return missing.length;
};

/** Takes every event that is not in the log yet into it; gives how many there were. */
export const extendHeadLog = async (db: Database): Promise<number> => {
  for (let total = 0; ;) {
    const added = await db.inPlatform(extendOnce);
    total += added;
    if (added < BATCH_MAX) return total;
  }
};

export interface HeadExport {
  readonly service: string;
  readonly at: bigint;
  readonly publish: (head: ChainHead) => Promise<void>;
}

/** Extends the log and gives its head to the outside; nothing to export gives undefined. */
export const exportHead = async (
  db: Database,
  { service, at, publish }: HeadExport,
): Promise<ChainHead | undefined> => {
  await extendHeadLog(db);
  const { seq, hash } = await db.inPlatform(lastEntry);
  if (seq === 0n) return undefined;
  const head: ChainHead = { service, seq, hash };
  await publish(head);
  await db.inPlatform((tx) =>
    tx.query(
      `insert into head_export (seq, hash, exported_at) values ($1, $2, $3)
       on conflict do nothing`,
      [seq.toString(), hash, toRowInstant(at)],
    ),
  );
  return head;
};
