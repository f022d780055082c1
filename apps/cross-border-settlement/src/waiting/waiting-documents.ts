/**
 * Tries again what waits: when a rate, an entity or an invoice came, and now and then anyway.
 *
 * Shape       what is due is a query; a wake-up only makes it run sooner. A transaction a document,
 *             invoices before statements before receipts. A run takes what was not tried for
 *             longest, and notes first that it tries: what fails comes after all others next time.
 * Units       milliseconds
 * Source      design 3.10
 */
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { decode } from '@suanpan/messages';
import type { Clock, Logger } from '@suanpan/platform-observability';
import type { Database, EventMeta, Tx } from '@suanpan/platform-postgres';
import { bookPayable } from '../payables/book-payable.js';
import { rematchReceipt } from '../receipts/rematch-receipt.js';
import { postReceipt } from '../receipts/post-receipt.js';
import { bookReceivable } from '../receivables/book-receivable.js';
import { SERVICE } from '../running.js';
import { CLOCK, DB, LOGGER } from '../tokens.js';
import type { Wait } from '../wait.js';
import { FINAL_REASONS, isWait } from '../wait.js';
import { fromRowReceipt } from './waiting-receipt.js';
import type { WaitingKind } from './waiting-rows.js';

/** What woke us is committed by then. */
const SOON_MS = 50;
const DOCUMENTS_MAX = 1_000;

interface Due {
  readonly tenant: string;
  readonly kind: WaitingKind;
  readonly document: string;
}

const DUE = `
with due as (
  select tenant, kind, document from waiting where reason <> all($1::text[])
  order by attempted_at nulls first, since, tenant, kind, document limit ${DOCUMENTS_MAX}
  for update skip locked),
tried as (
  update waiting w set attempted_at = clock_timestamp() from due d
  where w.tenant = d.tenant and w.kind = d.kind and w.document = d.document
  returning w.tenant, w.kind, w.document, w.since)
select tenant, kind, document from tried order by tenant, kind, since, document`;

const UNMATCHED = `
with due as (
  select r.tenant, r.receipt, r.date from receipt r left join rematch m using (tenant, receipt)
  where r.status = 'unmatched' and r.reason = 'INVOICE_UNKNOWN'
  order by m.attempted_at nulls first, r.tenant, r.date, r.receipt limit ${DOCUMENTS_MAX}),
tried as (
  insert into rematch (tenant, receipt, attempted_at)
  select tenant, receipt, clock_timestamp() from due
  on conflict (tenant, receipt) do update set attempted_at = excluded.attempted_at)
select tenant, 'receipt' as kind, receipt as document from due order by tenant, date, receipt`;

const LOCK = `
select value from waiting where tenant = $1 and kind = $2 and document = $3 for update skip locked`;

const BOOKED = `delete from waiting where tenant = $1 and kind = $2 and document = $3`;

const STILL = `
update waiting set reason = $4, detail = $5 where tenant = $1 and kind = $2 and document = $3`;

const MATCHED = `
delete from rematch m using receipt r
where m.tenant = $1 and m.receipt = $2 and r.tenant = m.tenant and r.receipt = m.receipt
  and r.status = 'matched'`;

const attempt = async (
  tx: Tx,
  { tenant, kind }: Due,
  { value, meta }: { value: Buffer; meta: EventMeta },
): Promise<Wait | null> => {
  if (kind === 'receipt') {
    const outcome = await postReceipt(tx, fromRowReceipt(value), { tenant, meta });
    return isWait(outcome) ? outcome : null;
  }
  const message = decode(value);
  if (message.type === 'invoice.issued') return bookReceivable(tx, message.value, meta);
  if (message.type === 'statement.issued') return bookPayable(tx, message.value, meta);
  return null;
};

@Injectable()
export class WaitingDocuments implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private ring: () => void = () => undefined;

  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Has `run` called soon, once for many calls. */
  wake(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.ring();
    }, SOON_MS);
  }

  onWake(ring: () => void): void {
    this.ring = ring;
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  /** Books what can be booked; a faulty document does not keep the others waiting. */
  async run(): Promise<void> {
    const due = await this.db.inPlatform((tx) => tx.query<Due>(DUE, [FINAL_REASONS]));
    for (const one of due) await this.guarded(one, () => this.again(one));
    const unmatched = await this.db.inPlatform((tx) => tx.query<Due>(UNMATCHED));
    for (const one of unmatched) await this.guarded(one, () => this.rematch(one));
  }

  private async guarded({ kind, document }: Due, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.error({ err: error, kind, document }, 'A waiting document is not booked.');
    }
  }

  private async again(due: Due): Promise<void> {
    const { tenant, kind, document } = due;
    const key = [tenant, kind, document];
    await this.db.inTenant({ tenant }, async (tx) => {
      const [row] = await tx.query<{ value: Buffer }>(LOCK, key);
      if (row === undefined) return;
      const wait = await attempt(tx, due, { value: row.value, meta: this.metaOf(due) });
      if (wait === null) await tx.query(BOOKED, key);
      else await tx.query(STILL, [...key, wait.reason, wait.detail]);
    });
  }

  private async rematch(due: Due): Promise<void> {
    const { tenant, document } = due;
    const meta = this.metaOf(due);
    await this.db.inTenant({ tenant }, async (tx) => {
      await rematchReceipt(tx, document, { tenant, meta });
      await tx.query(MATCHED, [tenant, document]);
    });
  }

  private metaOf({ kind, document }: Due): EventMeta {
    return { actor: SERVICE, requestId: `${kind}:${document}`, at: this.clock.now() };
  }
}
