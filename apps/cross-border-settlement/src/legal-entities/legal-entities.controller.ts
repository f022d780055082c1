/** The HTTP door to legal entities. */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { requireZone } from '@suanpan/calendar';
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
import { WaitingDocuments } from '../waiting/waiting-documents.js';
import type { LegalEntity } from './legal-entity.js';
import {
  LEGAL_ENTITY_REGISTERED,
  fromEntityBody,
  legalEntity,
  selectEntities,
} from './legal-entity.js';

const path = z.strictObject({ id: z.string().regex(NAME_SHAPE) });
const account = z.strictObject({ account: z.string().min(1).max(100), currency: z.string() });
const order = z.strictObject({
  functionalCurrency: z.string(),
  zone: z.string().max(100),
  bankAccounts: z.array(account).max(100),
});

@ApiTags('legal-entities')
@Controller('v1/legal-entities')
@Roles('operator')
export class LegalEntitiesController {
  private readonly handle: HandleCommand<LegalEntity, LegalEntity>;

  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WaitingDocuments) private readonly waiting: WaitingDocuments,
  ) {
    this.handle = commandHandler({
      db,
      decider: legalEntity,
      toBody: (body) => ({ type: LEGAL_ENTITY_REGISTERED, body }),
      fromBody: fromEntityBody,
      project: projectStored,
    });
  }

  @Put(':id')
  async register(
    @Param({ schema: path }) { id }: z.infer<typeof path>,
    @Body({ schema: order }) body: z.infer<typeof order>,
    @Asked() asked: Asked,
  ): Promise<object> {
    requireZone(body.zone);
    minorUnits(body.functionalCurrency);
    for (const { currency } of body.bankAccounts) minorUnits(currency);
    const { functionalCurrency, zone, bankAccounts } = body;
    const entity = { entity: id, functionalCurrency, zone, bankAccounts };
    const meta = metaOf(asked, this.clock);
    const { events } = await this.handle(asked.scope, `legal-entity:${id}`, entity, meta);
    this.waiting.wake();
    return { entity: id, changed: events.length > 0 };
  }

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const entities = await this.db.inTenant(scope, (tx) => selectEntities(tx, scope.tenant));
    return { entities };
  }
}
