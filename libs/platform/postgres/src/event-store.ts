/**
 * Append-only streams of facts with optimistic concurrency and a hash chain each.
 *
 * Shape       stream versions start at 1 and have no gap; bodies are canonical JSON text.
 * Invariant   hash(v) = SHA-256 over the length-prefixed (tenant, stream, version, type, body,
 *             recordedAt, hash(v − 1)); the first link follows 32 zero bytes.
 * Rejections  VERSION_CONFLICT
 * Source      design 3.9, 3.11; reliability D10, I15
 */
import { Rejection } from '@suanpan/event-sourcing';
import { NO_HASH, storedJson, hashFields } from './canonical.js';
import type { Tx } from './database.js';
import { codeOf } from './errors.js';
import { fromRowInstant, toRowInstant } from './instants.js';

export interface NewEvent {
  readonly type: string;
  /** A plain value; bigints are stored as decimal strings. */
  readonly body: unknown;
}

export interface EventMeta {
  readonly actor: string;
  readonly requestId: string;
  /** When it was recorded, by the service's clock. */
  readonly at: bigint;
}

export interface StoredEvent {
  readonly tenant: string;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  /** The parsed body; bigints are decimal strings here. */
  readonly body: unknown;
  /** The body as it is stored and hashed. */
  readonly bodyText: string;
  readonly meta: { readonly actor: string; readonly requestId: string };
  readonly recordedAt: bigint;
  readonly hash: Buffer;
  readonly prevHash: Buffer;
}

export interface Append {
  readonly tenant: string;
  readonly streamId: string;
  /** The version that the decision was taken on; 0 for a new stream. */
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
  readonly meta: EventMeta;
}

type Hashed = Pick<
  StoredEvent,
  'tenant' | 'streamId' | 'version' | 'type' | 'bodyText' | 'recordedAt' | 'prevHash'
>;

/** The hash that chains an event to its predecessor. */
export const eventHash = (event: Hashed): Buffer =>
  hashFields([
    event.tenant,
    event.streamId,
    event.version.toString(),
    event.type,
    event.bodyText,
    toRowInstant(event.recordedAt),
    event.prevHash,
  ]);

export interface EventRow {
  readonly tenant: string;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly body: string;
  readonly meta: string;
  readonly recorded_at: string;
  readonly prev_hash: Buffer;
  readonly hash: Buffer;
}

export const fromRowEvent = (row: EventRow): StoredEvent => ({
  tenant: row.tenant,
  streamId: row.stream_id,
  version: row.version,
  type: row.type,
  body: JSON.parse(row.body) as unknown,
  bodyText: row.body,
  meta: JSON.parse(row.meta) as StoredEvent['meta'],
  recordedAt: fromRowInstant(row.recorded_at),
  hash: row.hash,
  prevHash: row.prev_hash,
});

const conflict = ({ streamId, expectedVersion }: Append): Rejection =>
  new Rejection('VERSION_CONFLICT', `Stream ${streamId} is not at version ${expectedVersion}.`);

const lastHash = async (tx: Tx, append: Append): Promise<Buffer> => {
  if (append.expectedVersion === 0) return NO_HASH;
  const [row] = await tx.query<{ hash: Buffer }>(
    `select hash from event_store where tenant = $1 and stream_id = $2 and version = $3`,
    [append.tenant, append.streamId, append.expectedVersion],
  );
  if (row === undefined) throw conflict(append);
  return row.hash;
};

const chain = (append: Append, first: Buffer): readonly StoredEvent[] => {
  let prevHash = first;
  return append.events.map(({ type, body }, index) => {
    const bodyText = storedJson(body);
    const unhashed = {
      tenant: append.tenant,
      streamId: append.streamId,
      version: append.expectedVersion + index + 1,
      type,
      body: JSON.parse(bodyText) as unknown,
      bodyText,
      meta: { actor: append.meta.actor, requestId: append.meta.requestId },
      recordedAt: append.meta.at,
      prevHash,
    };
    const hash = eventHash(unhashed);
    prevHash = hash;
    return { ...unhashed, hash };
  });
};

const INSERT = `
insert into event_store
  (tenant, stream_id, version, type, body, meta, recorded_at, prev_hash, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

const insert = async (tx: Tx, event: StoredEvent): Promise<void> => {
  await tx.query(INSERT, [
    event.tenant,
    event.streamId,
    event.version,
    event.type,
    event.bodyText,
    storedJson(event.meta),
    toRowInstant(event.recordedAt),
    event.prevHash,
    event.hash,
  ]);
};

/**
 * Adds facts after `expectedVersion`. Another writer's win is a `Rejection`; PostgreSQL has then
 * ended the transaction, so the caller loads and decides again in a new one.
 */
export const appendEvents = async (tx: Tx, append: Append): Promise<readonly StoredEvent[]> => {
  const events = chain(append, await lastHash(tx, append));
  try {
    for (const event of events) await insert(tx, event);
  } catch (error) {
    if (codeOf(error) === '23505') throw conflict(append);
    throw error;
  }
  return events;
};

const SELECT = `
select tenant, stream_id, version, type, body, meta, recorded_at, prev_hash, hash
from event_store`;

/** A stream's facts, oldest first; empty when it does not exist. */
export const loadStream = async (
  tx: Tx,
  tenant: string,
  streamId: string,
): Promise<readonly StoredEvent[]> => {
  const rows = await tx.query<EventRow>(
    `${SELECT} where tenant = $1 and stream_id = $2 order by version`,
    [tenant, streamId],
  );
  return rows.map(fromRowEvent);
};

/** All facts the scope may see, in the order of their append; for replay and verification. */
export const loadAllEvents = async (tx: Tx, streamPrefix = ''): Promise<readonly StoredEvent[]> => {
  const rows = await tx.query<EventRow>(
    `${SELECT} where starts_with(stream_id, $1) order by position`,
    [streamPrefix],
  );
  return rows.map(fromRowEvent);
};

/** What a chain's check found first, or nothing. */
export interface ChainFault {
  readonly streamId: string;
  readonly version: number;
  readonly reason: 'HASH_DIFFERS' | 'LINK_BROKEN' | 'VERSION_GAP';
}

const faultOf = (
  event: StoredEvent,
  index: number,
  prevHash: Buffer,
): ChainFault['reason'] | undefined => {
  if (event.version !== index + 1) return 'VERSION_GAP';
  if (!event.prevHash.equals(prevHash)) return 'LINK_BROKEN';
  return eventHash(event).equals(event.hash) ? undefined : 'HASH_DIFFERS';
};

/** Recomputes a whole stream's chain. A cut tail shows only against the head log. */
export const verifyStream = (events: readonly StoredEvent[]): ChainFault | undefined => {
  let prevHash: Buffer = NO_HASH;
  for (const [index, event] of events.entries()) {
    const reason = faultOf(event, index, prevHash);
    if (reason !== undefined) return { streamId: event.streamId, version: event.version, reason };
    prevHash = event.hash;
  }
  return undefined;
};
