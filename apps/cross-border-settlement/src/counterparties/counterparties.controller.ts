/** The HTTP door to counterparties. */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { minorUnits } from '@suanpan/money';
import { Roles } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database, HandleCommand } from '@suanpan/platform-postgres';
import { commandHandler } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { projectStored } from '../projection.js';
import { NAME_SHAPE } from '../registered.js';
import { CLOCK, DB } from '../tokens.js';
import type { Counterparty } from './counterparty.js';
import {
  COUNTERPARTY_REGISTERED,
  counterpartyDecider,
  fromCounterpartyBody,
  selectCounterparties,
} from './counterparty.js';

const path = z.strictObject({ id: z.string().regex(NAME_SHAPE) });
const order = z.strictObject({
  role: z.string().regex(NAME_SHAPE),
  country: z.string().regex(/^[A-Z]{2}$/, 'A country has two capital letters.'),
  payoutCurrency: z.string(),
  netting: z.boolean(),
});

@ApiTags('counterparties')
@Controller('v1/counterparties')
@Roles('operator')
export class CounterpartiesController {
  private readonly handle: HandleCommand<Counterparty, Counterparty>;

  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.handle = commandHandler({
      db,
      decider: counterpartyDecider,
      toBody: (body) => ({ type: COUNTERPARTY_REGISTERED, body }),
      fromBody: fromCounterpartyBody,
      project: projectStored,
    });
  }

  @Put(':id')
  async register(
    @Param({ schema: path }) { id }: z.infer<typeof path>,
    @Body({ schema: order }) body: z.infer<typeof order>,
    @Asked() asked: Asked,
  ): Promise<object> {
    minorUnits(body.payoutCurrency);
    const counterparty = { counterparty: id, ...body };
    const meta = metaOf(asked, this.clock);
    const { events } = await this.handle(asked.scope, `counterparty:${id}`, counterparty, meta);
    return { counterparty: id, changed: events.length > 0 };
  }

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const counterparties = await this.db.inTenant(scope, (tx) =>
      selectCounterparties(tx, scope.tenant),
    );
    return { counterparties };
  }
}
