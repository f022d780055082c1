/** The HTTP door to contracts. A buyer sees its own. */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@suanpan/calendar';
import { Roles } from '@suanpan/platform-http';
import type { WakeUps } from '@suanpan/platform-jobs';
import type { Clock } from '@suanpan/platform-observability';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { ContractTerms } from '@suanpan/pricing';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { CLOCK, RERATE, WAKE_UPS } from '../tokens.js';
import { fromWireInstant, name, refusing } from '../wire.js';
import type { ContractRow } from './contract-row.js';
import { Contracts } from './contracts.js';

const contractPath = z.strictObject({ id: name });

const contractOrder = z
  .strictObject({
    buyer: name,
    seller: name,
    currency: z.string().max(10),
    zone: z.string().max(100),
    priceTable: name,
    requireAuthorization: z.boolean(),
    rounding: z.string().max(20),
    paymentTermDays: z.number(),
    from: z.string().max(40),
    until: z.string().max(40).nullable().optional(),
  })
  .meta({ id: 'ContractOrder' });
type ContractOrder = z.infer<typeof contractOrder>;

const refusedValues = {
  ENDS_BEFORE_START: 'until',
  UNKNOWN_ROUNDING: 'rounding',
  INVALID_PAYMENT_TERM: 'paymentTermDays',
  UNKNOWN_ZONE: 'zone',
  INVALID_CURRENCY: 'currency',
};

const fromWireTerms = (order: ContractOrder): ContractTerms => ({
  buyer: order.buyer,
  seller: order.seller,
  currency: order.currency,
  zone: order.zone,
  priceTable: order.priceTable,
  requireAuthorization: order.requireAuthorization,
  // The decider refuses a rule that it does not know.
  rounding: order.rounding as ContractTerms['rounding'],
  paymentTermDays: order.paymentTermDays,
  from: fromWireInstant('from', order.from),
});

const fromWireUntil = ({ until }: ContractOrder): bigint | null =>
  until === undefined || until === null ? null : fromWireInstant('until', until);

const instant = (row: string): string => formatInstant(fromRowInstant(row));

const toWireContract = (row: ContractRow) => ({
  contract: row.contract,
  buyer: row.buyer,
  seller: row.seller,
  currency: row.currency,
  zone: row.zone,
  priceTable: row.price_table,
  requireAuthorization: row.require_authorization,
  rounding: row.rounding,
  paymentTermDays: row.payment_term_days,
  from: instant(row.valid_from),
  until: row.valid_until === null ? null : instant(row.valid_until),
});

@ApiTags('contracts')
@Controller('v1/contracts')
export class ContractsController {
  constructor(
    @Inject(Contracts) private readonly contracts: Contracts,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WAKE_UPS) private readonly wakeUps: WakeUps,
  ) {}

  @Put(':id')
  @Roles('operator')
  async agree(
    @Param({ schema: contractPath }) { id }: z.infer<typeof contractPath>,
    @Body({ schema: contractOrder }) order: ContractOrder,
    @Asked() asked: Asked,
  ): Promise<object> {
    const agreed = { contract: id, terms: fromWireTerms(order), until: fromWireUntil(order) };
    const changed = await refusing(
      refusedValues,
      this.contracts.agree(asked.scope, agreed, metaOf(asked, this.clock)),
    );
    if (changed) await this.wakeUps.wake(RERATE, id);
    return { contract: id, changed };
  }

  @Get()
  @Roles('operator', 'buyer')
  async list(@Asked() { scope }: Asked): Promise<object> {
    return { contracts: (await this.contracts.list(scope)).map(toWireContract) };
  }
}
