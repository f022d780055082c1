/**
 * Tries again what waits: when a rate, an entity or an invoice came, and now and then anyway.
 *
 * Shape       what is due is a query; a wake-up only makes it run sooner. A transaction a document,
 *             invoices before statements before receipts.
 * Units       milliseconds
 * Source      design 3.10
 */
import { Inject, Injectable } from '@nestjs/common';
import { decode } from '@suanpan/messages';
import type { Clock, Logger } from '@suanpan/platform-observability';
import type { Database, EventMeta, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { bookPayable } from '../payables/book-payable.js';
import { rematchReceipt } from '../receipts/rematch-receipt.js';
import type { ReceiptTold } from '../receipts/post-receipt.js';
import { postReceipt } from '../receipts/post-receipt.js';
import { bookReceivable } from '../receivables/book-receivable.js';
import { SERVICE } from '../running.js';
import { CLOCK, DB, LOGGER } from '../tokens.js';
import type { Wait } from '../wait.js';
import { FINAL_REASONS, isWait } from '../wait.js';
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
select tenant, kind, document from waiting where reason <> all($1::text[])
order by tenant, kind, since, document limit ${DOCUMENTS_MAX}`;

const UNMATCHED = `
select tenant, 'receipt' as kind, receipt as document from receipt
where status = 'unmatched' and reason = 'INVOICE_UNKNOWN' order by tenant, date, receipt
limit ${DOCUMENTS_MAX}`;

const LOCK = `
select value from waiting where tenant = $1 and kind = $2 and document = $3 for update skip locked`;

const BOOKED = `delete from waiting where tenant = $1 and kind = $2 and document = $3`;

const STILL = `
update waiting set reason = $4, detail = $5 where tenant = $1 and kind = $2 and document = $3`;

const told = z.object({
  receipt: z.string(),
  payer: z.string(),
  currency: z.string(),
  amount: z.string(),
  withheld: z.string(),
  charges: z.string(),
  date: z.string(),
  reference: z.string(),
  entity: z.string().nullable(),
});

const fromRowReceipt = (value: Buffer): ReceiptTold =>
  told.parse(JSON.parse(value.toString('utf8')));

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
export class WaitingDocuments {
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
    await this.db.inTenant({ tenant }, (tx) => rematchReceipt(tx, document, { tenant, meta }));
  }

  private metaOf({ kind, document }: Due): EventMeta {
    return { actor: SERVICE, requestId: `${kind}:${document}`, at: this.clock.now() };
  }
}
