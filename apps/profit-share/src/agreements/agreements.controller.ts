/** The HTTP door to agreements: signed by the operator, a version at a time. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { parseInstant } from '@suanpan/calendar';
import { Idempotent, Roles } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import type { AgreementEvent } from '@suanpan/profit-share';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { CLOCK, DB } from '../tokens.js';
import { selectAgreements } from './agreement-rows.js';
import type { AgreementOrder } from './agreement-wire.js';
import { agreementOrder, endOrder, fromWireAgreement, name, toWireRow } from './agreement-wire.js';
import type { AgreementOrdered } from './handle-agreement.js';
import { handleAgreement } from './handle-agreement.js';

const VERSION_DIGITS = /^[1-9]\d{0,8}$/;
const agreementPath = z.strictObject({ id: name });
const versionPath = z.strictObject({
  id: name,
  version: z
    .string()
    .regex(VERSION_DIGITS, 'A version is a whole number from 1.')
    .transform(Number),
});

@ApiTags('agreements')
@Controller('v1/agreements')
@Roles('operator')
export class AgreementsController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Put(':id/versions/:version')
  async sign(
    @Param({ schema: versionPath }) { id, version }: z.infer<typeof versionPath>,
    @Body({ schema: agreementOrder }) order: AgreementOrder,
    @Asked() asked: Asked,
  ): Promise<object> {
    const command = fromWireAgreement(id, version, order);
    const events = await this.handle(command, asked);
    return { agreement: id, version, changed: events.length > 0 };
  }

  @Post(':id/end')
  @HttpCode(200)
  @Idempotent()
  async end(
    @Param({ schema: agreementPath }) { id }: z.infer<typeof agreementPath>,
    @Body({ schema: endOrder }) order: z.infer<typeof endOrder>,
    @Asked() asked: Asked,
  ): Promise<object> {
    const effectiveUntil = parseInstant(order.effectiveUntil);
    const command = { type: 'EndAgreement', agreementId: id, effectiveUntil } as const;
    await this.handle(command, asked);
    return { agreement: id, effectiveUntil: order.effectiveUntil };
  }

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const rows = await this.db.inTenant(scope, (tx) => selectAgreements(tx, scope.tenant));
    return { agreements: rows.map(toWireRow) };
  }

  private handle(ordered: AgreementOrdered, asked: Asked): Promise<readonly AgreementEvent[]> {
    const { scope } = asked;
    const meta = metaOf(asked, this.clock);
    return this.db.inTenant(scope, (tx) => handleAgreement(tx, ordered, { scope, meta }));
  }
}
