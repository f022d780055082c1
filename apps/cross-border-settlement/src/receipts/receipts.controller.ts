/** The HTTP door to money that came in. */
import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { requireDate } from '@suanpan/calendar';
import { formatMoney, parseMoney } from '@suanpan/money';
import { Idempotent, Roles, valueRefused } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { NAME_SHAPE } from '../registered.js';
import { CLOCK, DB } from '../tokens.js';
import type { Wait } from '../wait.js';
import { isWait } from '../wait.js';
import { forgetReceipt, keepReceipt, withWaiting } from '../waiting/waiting-receipt.js';
import type { ReceiptTold } from './post-receipt.js';
import { postReceipt } from './post-receipt.js';
import type { Receipt } from './receipt.js';

const ID_SHAPE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;
const amountText = z.string().max(82);

const order = z.strictObject({
  receipt: z.string().regex(ID_SHAPE),
  payer: z.string().regex(NAME_SHAPE),
  currency: z.string(),
  amount: amountText,
  date: z.string(),
  reference: z.string().max(1_000),
  withheld: amountText.nullish(),
  charges: amountText.nullish(),
  entity: z.string().regex(NAME_SHAPE).nullish(),
});
type Order = z.infer<typeof order>;

const notBelow = (text: string, path: 'withheld' | 'charges', currency: string): string => {
  const amount = parseMoney(text, currency);
  if (amount.minor < 0n) throw valueRefused('AMOUNT_NOT_POSITIVE', path, `${text} is below zero.`);
  return formatMoney(amount);
};

const fromWire = (body: Order): ReceiptTold => {
  const { receipt, payer, currency, date, reference } = body;
  requireDate(date);
  const amount = parseMoney(body.amount, currency);
  if (amount.minor <= 0n) {
    throw valueRefused('AMOUNT_NOT_POSITIVE', 'amount', `${body.amount} is not above zero.`);
  }
  return {
    receipt,
    payer,
    currency,
    amount: formatMoney(amount),
    date,
    reference,
    withheld: notBelow(body.withheld ?? '0', 'withheld', currency),
    charges: notBelow(body.charges ?? '0', 'charges', currency),
    entity: body.entity ?? null,
  };
};

const toWireWaiting = ({ receipt }: ReceiptTold, { reason }: Wait): object => ({
  receipt,
  status: 'waiting',
  reason,
  matches: [],
  realisedFx: null,
  functionalCurrency: null,
});

const toWire = ({ posted, matched, reason }: Receipt): object => ({
  receipt: posted.receipt,
  status: matched === null ? 'unmatched' : 'matched',
  reason,
  matches: matched?.matches ?? [],
  realisedFx: matched?.realisedFx ?? null,
  functionalCurrency: posted.functionalCurrency,
});

const LIST = `
select receipt, entity, payer, currency, amount::text as amount, withheld::text as withheld,
  charges::text as charges, date::text as date, reference, status, reason
from receipt where tenant = $1 order by date, receipt collate "C"`;

@ApiTags('receipts')
@Controller('v1/receipts')
@Roles('operator')
export class ReceiptsController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(201)
  @Idempotent()
  async post(@Body({ schema: order }) body: Order, @Asked() asked: Asked): Promise<object> {
    const now = fromWire(body);
    const { tenant } = asked.scope;
    const meta = metaOf(asked, this.clock);
    return this.db.inTenant({ tenant }, async (tx) => {
      const told = await withWaiting(tx, tenant, now);
      const outcome = await postReceipt(tx, told, { tenant, meta });
      if (!isWait(outcome)) {
        await forgetReceipt(tx, tenant, told.receipt);
        return toWire(outcome);
      }
      await keepReceipt(tx, { tenant, told, wait: outcome, at: meta.at });
      return toWireWaiting(told, outcome);
    });
  }

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const receipts = await this.db.inTenant(scope, (tx) => tx.query<object>(LIST, [scope.tenant]));
    return { receipts };
  }
}
