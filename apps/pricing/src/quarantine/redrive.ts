/**
 * Puts records that were set aside on the log again: they take the way of every event.
 *
 * Invariant   sent first, marked then: a crash between the two sends a record twice, which its
 *             identity makes harmless. What still cannot be read stays where it is.
 * Source      reliability.md D08 (re-drive by the operator goes through the same idempotent path)
 */
import { crashPoint } from '@suanpan/platform-observability';
import { decodeCursor, encodeCursor } from '@suanpan/platform-http';
import { identityOf, usagePartition } from '@suanpan/messages';
import type { UsageRecorded } from '@suanpan/messages';
import type { Tx } from '@suanpan/platform-postgres';
import type { Running } from '../running.js';
import { openEvent, rawOf, SET_ASIDE } from './set-aside.js';
import type { Opened, SetAsideRow } from './set-aside.js';

export const REDRIVEN_MAX = 1_000;

export interface RedriveFilter {
  readonly tenant: string;
  /** These rows; null: all that fit. */
  readonly ids: readonly string[] | null;
  readonly reason: string | null;
  readonly centre: string | null;
  /** The `nextCursor` of the request before. */
  readonly cursor: string | undefined;
}

export interface Redriven {
  readonly id: string;
  readonly status: 'redriven' | 'unreadable';
  readonly code: string | null;
}

export interface RedriveAnswer {
  readonly results: readonly Redriven[];
  /** Where to go on from: what could not be opened stays open behind it. Null: nothing is left that fits. */
  readonly nextCursor: string | null;
}

/** A conflict would be a conflict again: what is right is said by a correction. */
const FINAL = `('CONFLICT', 'CENTRE_MISMATCH')`;

const SELECT = `
select ${SET_ASIDE} from quarantine
where tenant = $1 and status = 'open' and reason not in ${FINAL}
  and ($2::bigint[] is null or id = any($2)) and ($3::text is null or reason = $3)
  and ($4::text is null or party = $4) and ($5::bigint is null or id > $5::bigint)
order by id limit ${REDRIVEN_MAX + 1} for update`;

const MARK = `
update quarantine set status = 'redriven', last_seen = clock_timestamp() where id = any($1::bigint[])`;

/** Of the call that the event speaks of. */
const keyOf = (event: UsageRecorded): Buffer => {
  const { tenant, source, id, correctsSource, correctsId } = event;
  return identityOf(tenant, correctsSource ?? source, correctsId ?? id);
};

interface OpenedRow {
  readonly row: SetAsideRow;
  readonly found: Opened;
}

const resultOf = ({ row: { id }, found }: OpenedRow): Redriven =>
  'event' in found
    ? { id, status: 'redriven', code: null }
    : { id, status: 'unreadable', code: found.unreadable };

export class Redrive {
  constructor(private readonly running: Running) {}

  run(filter: RedriveFilter): Promise<RedriveAnswer> {
    const { db, vault } = this.running;
    const [after = null] = decodeCursor(filter.cursor, ['integer']) ?? [];
    return db.inTenant({ tenant: filter.tenant }, async (tx) => {
      const found = await tx.query<SetAsideRow>(SELECT, [
        ...[filter.tenant, filter.ids === null ? null : [...filter.ids]],
        ...[filter.reason, filter.centre, after],
      ]);
      const rows = found.slice(0, REDRIVEN_MAX);
      const opened: OpenedRow[] = [];
      for (const row of rows) opened.push({ row, found: openEvent(await rawOf(tx, row, vault)) });
      await this.send(tx, opened);
      const last = rows.at(-1);
      const more = found.length > rows.length && last !== undefined;
      return { results: opened.map(resultOf), nextCursor: more ? encodeCursor([last.id]) : null };
    });
  }

  private async send(tx: Tx, opened: readonly OpenedRow[]): Promise<void> {
    const readable = opened.flatMap(({ row, found }) => ('event' in found ? [{ row, found }] : []));
    await this.running.producer.send(
      'usage.recorded',
      readable.map(({ row, found }) => {
        const key = keyOf(found.event);
        const headers = { redriven: `${row.topic}/${row.partition}/${row.log_offset}` };
        return { key, value: found.raw, partition: usagePartition(key), headers };
      }),
    );
    crashPoint('quarantine.sent-before-mark');
    await tx.query(MARK, [readable.map(({ row }) => row.id)]);
  }
}
