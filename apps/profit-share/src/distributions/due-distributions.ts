/**
 * Finds the invoices whose usage has all been heard, and divides them.
 *
 * Shape       what is due is a query; a wake-up only makes it run sooner. A run takes what was not
 *             tried for longest, and notes first that it tries: what fails comes last next time.
 * Units       milliseconds
 * Invariant   an invoice waits until the applied offsets of every source partition reach the cut
 *             that it was issued at.
 * Source      design rulings R8, R10; design 3.10
 */
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Clock, Logger } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import { CLOCK, DB, LOGGER } from '../tokens.js';
import type { DueInvoice } from './distribute-invoice.js';
import { distributeInvoice } from './distribute-invoice.js';

/** The message that woke us is committed by then. */
const SOON_MS = 50;
const INVOICES_MAX = 500;

const DUE = `
with due as (
  select d.tenant, d.invoice from distribution_due d
  where not exists (
    select 1 from jsonb_to_recordset(d.vector) as v(partition int, "nextOffset" text)
    left join rated_progress p
      on p.source_topic = 'usage.recorded' and p.source_partition = v.partition
    where coalesce(p.next_offset, 0) < v."nextOffset"::bigint)
  order by d.attempted_at nulls first, d.since, d.invoice limit ${INVOICES_MAX}
  for update of d skip locked),
tried as (
  update distribution_due d set attempted_at = clock_timestamp() from due
  where d.tenant = due.tenant and d.invoice = due.invoice
  returning d.tenant, d.invoice, d.since)
select tenant, invoice from tried order by since, invoice`;

@Injectable()
export class DueDistributions implements OnApplicationShutdown {
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

  /** Divides what is due; a faulty invoice does not keep the others waiting. */
  async run(): Promise<void> {
    const due = await this.db.inPlatform((tx) => tx.query<DueInvoice>(DUE));
    for (const invoice of due) {
      try {
        await distributeInvoice(this.db, invoice, this.clock.now());
      } catch (error) {
        this.logger.error({ err: error, invoice: invoice.invoice }, 'An invoice is not divided.');
      }
    }
  }
}
