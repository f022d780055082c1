/**
 * What profit-share hears: rated usage, contracts, closed periods, invoices.
 *
 * Shape       each message in the transaction that moves its offset; dividing an invoice comes
 *             after, as due work (../distributions/due-distributions).
 * Source      docs/architecture.md 4 and 5
 */
import { Controller, Inject } from '@nestjs/common';
import { LogMessageHandler } from '@suanpan/platform-kafka';
import type { LogMessageEvent } from '@suanpan/platform-kafka';
import { DueDistributions } from '../distributions/due-distributions.js';
import { keepInvoice } from '../distributions/keep-invoice.js';
import { applyRated } from './apply-rated.js';
import { applyContractEnded, applyContractSigned, applyPeriodClosed } from './directory.js';

@Controller()
export class LogConsumer {
  constructor(@Inject(DueDistributions) private readonly due: DueDistributions) {}

  @LogMessageHandler('usage.rated')
  async rated({ tx, message }: LogMessageEvent): Promise<void> {
    if (message.type !== 'usage.rated') return;
    await applyRated(tx, message.value);
    this.due.wake();
  }

  @LogMessageHandler('contract')
  async contract({ tx, message }: LogMessageEvent): Promise<void> {
    if (message.type === 'contract.signed') await applyContractSigned(tx, message.value);
    if (message.type === 'contract.ended') await applyContractEnded(tx, message.value);
  }

  @LogMessageHandler('period')
  async period({ tx, message }: LogMessageEvent): Promise<void> {
    if (message.type === 'period.closed') await applyPeriodClosed(tx, message.value);
  }

  @LogMessageHandler('invoice')
  async invoice({ tx, message }: LogMessageEvent): Promise<void> {
    if (message.type !== 'invoice.issued') return;
    await keepInvoice(tx, message.value);
    this.due.wake();
  }
}
