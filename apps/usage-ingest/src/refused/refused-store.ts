/**
 * The table of refused events, its sealed bytes, and what is done about a row.
 *
 * Shape       what is accepted in place of a row is settled in one transaction: the open rows are
 *             held, the events are sent, the rows are marked.
 * Invariant   on the log first, marked then: a crash between the two sends an event twice, which its
 *             identity makes harmless. Raw bytes are opened under the caller's own row security.
 * Rejections  NOT_OPEN
 * Source      reliability.md D08; ruling R23; docs/adr/0050-refused-events-again.md
 */
import { Inject, Injectable } from '@nestjs/common';
import { Rejection } from '@suanpan/event-sourcing';
import { decodeCursor, notFound, toPage } from '@suanpan/platform-http';
import type { Page } from '@suanpan/platform-http';
import type { LogSink } from '@suanpan/platform-kafka';
import { crashPoint } from '@suanpan/platform-observability';
import type { Database, Tx, Vault } from '@suanpan/platform-postgres';
import { eventsTotal } from '../events/ingest-metrics.js';
import { DATABASE, PRODUCER, VAULT } from '../tokens.js';
import type { Asked } from './asked.js';
import type { Outcome, Settled } from './outcome.js';
import { HOLD, MARK, markValues, placeColumns } from './outcome.js';
import { filterValues, ORDER, WHERE } from './refused-query.js';
import type { RedriveOrder, RefusedQuery } from './refused-query.js';
import { COLUMNS, CURSOR, FIRST, FROM, keyOf, placeText, SEALED_COLUMNS } from './refused-row.js';
import type { RecordPlace, RefusedRow, SealedRow } from './refused-row.js';

export type OpenedRaw =
  { readonly raw: Buffer; readonly around: Buffer | null } | { readonly unreadable: string };

export type OpenedRow = OpenedRaw & { readonly row: SealedRow };

/** A row that may be driven again, without its bytes. */
export interface Candidate {
  readonly partition: number;
  readonly log_offset: string;
  readonly received_at: string;
  readonly bytes: number;
}

const LIST = `select ${COLUMNS} ${FROM} ${WHERE} ${ORDER} limit $11`;
const ONE = `select ${SEALED_COLUMNS} ${FROM} where r.partition = $1 and r.log_offset = $2`;

const CANDIDATES = `
select r.partition, r.log_offset, r.received_at,
  coalesce(octet_length(r.sealed), 0) + coalesce(octet_length(r.sealed_around), 0) as bytes
${FROM} ${WHERE}
  and ($12::text[] is null or r.partition || '/' || r.log_offset = any($12::text[]))
${ORDER} limit $11`;

const OPEN_ROWS = `
select ${SEALED_COLUMNS} ${FROM}
where (r.partition, r.log_offset) in (select * from unnest($1::int[], $2::bigint[]))
  and coalesce(s.status, 'open') = 'open'
${ORDER}`;

const DISMISS = `
update refused_state set status = 'dismissed', reason = $3, actor = $4,
  changed_at = clock_timestamp()
where partition = $1 and log_offset = $2`;

const rowAt = async (tx: Tx, { partition, offset }: RecordPlace): Promise<SealedRow> => {
  const [row] = await tx.query<SealedRow>(ONE, [partition, offset]);
  if (row === undefined) throw notFound('refused event');
  return row;
};

@Injectable()
export class RefusedStore {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(PRODUCER) private readonly producer: LogSink,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async list(asked: Asked, query: RefusedQuery): Promise<Page<RefusedRow>> {
    const { limit, cursor, ...filter } = query;
    const after = decodeCursor(cursor, CURSOR) ?? FIRST;
    const values = [...after, ...filterValues(filter), limit + 1];
    const rows = await this.db.inTenant(asked.scope, (tx) => tx.query<RefusedRow>(LIST, values));
    return toPage(rows, limit, keyOf);
  }

  row({ scope }: Asked, place: RecordPlace): Promise<RefusedRow> {
    return this.db.inTenant(scope, (tx) => rowAt(tx, place));
  }

  opened({ scope }: Asked, place: RecordPlace): Promise<OpenedRow> {
    return this.db.inTenant(scope, async (tx) => this.open(tx, await rowAt(tx, place)));
  }

  /** The first `limit` open rows that fit. */
  candidates({ scope }: Asked, order: RedriveOrder, limit: number): Promise<Candidate[]> {
    const { ids, cursor, ...filter } = order;
    const after = decodeCursor(cursor, CURSOR) ?? FIRST;
    const values = filterValues({ ...filter, status: 'open' });
    const wanted = ids === undefined ? null : [...ids];
    return this.db.inTenant(scope, (tx) =>
      tx.query<Candidate>(CANDIDATES, [...after, ...values, limit, wanted]),
    );
  }

  /** Those of the candidates that are open still, with their bytes. */
  openRows({ scope }: Asked, candidates: readonly Candidate[]): Promise<readonly OpenedRow[]> {
    const places = candidates.map(({ partition, log_offset: offset }) => ({ partition, offset }));
    return this.db.inTenant(scope, async (tx) => {
      const opened: OpenedRow[] = [];
      for (const row of await tx.query<SealedRow>(OPEN_ROWS, placeColumns(places))) {
        opened.push(await this.open(tx, row));
      }
      return opened;
    });
  }

  /** Records and marks; gives back what was done, without what another request has settled. */
  async settle(asked: Asked, settled: Settled): Promise<readonly Outcome[]> {
    const { outcomes } = settled;
    if (outcomes.length === 0) return [];
    const actor = asked.caller.keyId;
    return this.db.inTenant(asked.scope, async (tx) => {
      const places = outcomes.map(({ place }) => place);
      const held = new Set((await this.hold(tx, places, actor)).map(placeText));
      const mine = outcomes.filter(({ place }) => held.has(placeText(place)));
      const records = mine.flatMap(({ record }) => (record === null ? [] : [record]));
      await this.producer.send('usage.recorded', records);
      crashPoint('refused.sent-before-mark');
      await tx.query(MARK, markValues({ ...settled, outcomes: mine }, actor));
      eventsTotal.inc({ result: 'accepted', code: 'none' }, records.length);
      return mine;
    });
  }

  /** Says that nothing more is to be done, and why. The record stays. */
  async dismiss(asked: Asked, place: RecordPlace, reason: string): Promise<RefusedRow> {
    const actor = asked.caller.keyId;
    return this.db.inTenant(asked.scope, async (tx) => {
      const row = await rowAt(tx, place);
      if (row.status === 'dismissed') return row;
      const held = await this.hold(tx, [place], actor);
      if (held.length === 0) throw notOpen(await rowAt(tx, place));
      await tx.query(DISMISS, [place.partition, place.offset, reason, actor]);
      return rowAt(tx, place);
    });
  }

  /** Those of the records that are open, held until the transaction ends. */
  private hold(tx: Tx, places: readonly RecordPlace[], actor: string): Promise<RecordPlace[]> {
    return tx.query<RecordPlace>(HOLD, [...placeColumns(places), actor]);
  }

  private async open(tx: Tx, row: SealedRow): Promise<OpenedRow> {
    const { sealed, sealed_around: sealedAround, key_id: keyId } = row;
    if (sealed === null || keyId === null) return { row, unreadable: 'RAW_NOT_KEPT' };
    try {
      const raw = await this.vault.open(tx, { sealed, keyId });
      const around =
        sealedAround === null ? null : await this.vault.open(tx, { sealed: sealedAround, keyId });
      return { row, raw, around };
    } catch (error) {
      if (error instanceof Rejection) return { row, unreadable: error.code };
      throw error;
    }
  }
}

export const notOpen = ({ partition, log_offset: offset, status }: RefusedRow): Rejection =>
  new Rejection('NOT_OPEN', `The refused event ${placeText({ partition, offset })} is ${status}.`);
