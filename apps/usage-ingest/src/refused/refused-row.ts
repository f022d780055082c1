/**
 * A refused event as its table keeps it and as the doors show it, with what was done about it.
 *
 * Shape       `refused` is read from the log; `refused_state` says what became of a record since.
 * Invariant   the code shown is the newest: that of the last time it was judged.
 * Source      rulings R1, R18; docs/adr/0050-refused-events-again.md
 */
import { formatInstant } from '@suanpan/calendar';
import { fromRowInstant } from '@suanpan/platform-postgres';

export const REFUSED_STATUSES = ['open', 'redriven', 'repaired', 'dismissed'] as const;
export type RefusedStatus = (typeof REFUSED_STATUSES)[number];

/** Where a record lies in `usage.refused`: its name. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: string;
}

export interface RefusedRow {
  readonly centre: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly source: string | null;
  readonly event_id: string | null;
  readonly code: string;
  readonly path: string | null;
  readonly detail: string;
  readonly received_at: string;
  readonly request_id: string;
  readonly door: string | null;
  readonly status: RefusedStatus;
  readonly attempts: number;
  readonly reason: string | null;
  readonly accepted_source: string | null;
  readonly accepted_id: string | null;
  readonly changed_at: string | null;
}

/** A row with its sealed bytes. */
export interface SealedRow extends RefusedRow {
  readonly sealed: Buffer | null;
  readonly sealed_around: Buffer | null;
  readonly key_id: string | null;
}

export const COLUMNS = `r.centre, r.partition, r.log_offset, r.source, r.event_id,
  coalesce(s.code, r.code) as code, case when s.code is null then r.path else s.path end as path,
  coalesce(s.detail, r.detail) as detail, r.received_at, r.request_id, r.door,
  coalesce(s.status, 'open') as status, coalesce(s.attempts, 0) as attempts, s.reason,
  s.accepted_source, s.accepted_id, s.changed_at`;

export const SEALED_COLUMNS = `${COLUMNS}, r.sealed, r.sealed_around, r.key_id`;

export const FROM = `from refused r
left join refused_state s on s.partition = r.partition and s.log_offset = r.log_offset`;

export const placeOf = ({ partition, log_offset }: RefusedRow): RecordPlace => ({
  partition,
  offset: log_offset,
});

export const placeText = ({ partition, offset }: RecordPlace): string => `${partition}/${offset}`;

/** The key that a page goes on from. */
export const keyOf = (row: Pick<RefusedRow, 'log_offset' | 'partition' | 'received_at'>) => [
  row.received_at,
  String(row.partition),
  row.log_offset,
];

export const CURSOR = ['instant', 'integer', 'integer'] as const;
/** Before every key. */
export const FIRST = ['-infinity', '-1', '-1'];

const instant = (text: string | null): string | null =>
  text === null ? null : formatInstant(fromRowInstant(text));

const acceptedOf = ({ accepted_source: source, accepted_id: id }: RefusedRow) =>
  id === null ? null : { source, id };

export const toWireRefused = (row: RefusedRow) => ({
  centre: row.centre,
  source: row.source,
  id: row.event_id,
  code: row.code,
  path: row.path,
  detail: row.detail,
  receivedAt: instant(row.received_at),
  requestId: row.request_id,
  /** Where the record lies in `usage.refused`. */
  partition: row.partition,
  offset: row.log_offset,
  /** How its bytes are read again; null: only a repair is possible. */
  door: row.door,
  status: row.status,
  attempts: row.attempts,
  reason: row.reason,
  /** The event that was accepted in its place. */
  accepted: acceptedOf(row),
  changedAt: instant(row.changed_at),
});
export type WireRefused = ReturnType<typeof toWireRefused>;

const NUL_OR_LONE_SURROGATE = /\0|\p{Surrogate}/gu;

/** A refused text may hold what PostgreSQL cannot store; the sealed bytes have it exactly. */
export const storable = (text: string | null): string | null =>
  text === null ? null : text.replaceAll(NUL_OR_LONE_SURROGATE, '\ufffd');
