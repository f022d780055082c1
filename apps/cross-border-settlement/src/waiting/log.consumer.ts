/**
 * What cross-border-settlement hears: issued invoices and statements.
 *
 * Shape       booked in the transaction that moves the offset, or kept waiting in it.
 * Source      docs/architecture.md 4 and 5
 */
import { Controller, Inject } from '@nestjs/common';
import { encode } from '@suanpan/messages';
import { LogMessageHandler } from '@suanpan/platform-kafka';
import type { LogMessageEvent } from '@suanpan/platform-kafka';
import type { Clock } from '@suanpan/platform-observability';
import { crashPoint } from '@suanpan/platform-observability';
import type { EventMeta } from '@suanpan/platform-postgres';
import { bookPayable } from '../payables/book-payable.js';
import { bookReceivable } from '../receivables/book-receivable.js';
import { SERVICE } from '../running.js';
import { CLOCK } from '../tokens.js';
import { WaitingDocuments } from './waiting-documents.js';
import { keepWaiting } from './waiting-rows.js';

@Controller()
export class LogConsumer {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WaitingDocuments) private readonly waiting: WaitingDocuments,
  ) {}

  @LogMessageHandler('invoice')
  async invoice({ tx, message }: LogMessageEvent): Promise<void> {
    if (message.type !== 'invoice.issued') return;
    const { value: issued } = message;
    const { tenant, invoice: document } = issued;
    const meta = this.metaOf(`invoice:${document}`);
    const wait = await bookReceivable(tx, issued, meta);
    if (wait !== null) {
      const value = encode('invoice.issued', issued);
      await keepWaiting(tx, { tenant, kind: 'invoice', document, wait, at: meta.at, value });
    }
    crashPoint('settlement:invoice-before-commit');
    this.waiting.wake();
  }

  @LogMessageHandler('statement')
  async statement({ tx, message }: LogMessageEvent): Promise<void> {
    if (message.type !== 'statement.issued') return;
    const { value: issued } = message;
    const { tenant, statement: document } = issued;
    const meta = this.metaOf(`statement:${document}`);
    const wait = await bookPayable(tx, issued, meta);
    if (wait !== null) {
      const value = encode('statement.issued', issued);
      await keepWaiting(tx, { tenant, kind: 'statement', document, wait, at: meta.at, value });
    }
    crashPoint('settlement:statement-before-commit');
  }

  private metaOf(requestId: string): EventMeta {
    return { actor: SERVICE, requestId, at: this.clock.now() };
  }
}
