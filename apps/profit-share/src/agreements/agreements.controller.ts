/** The HTTP door to agreements: signed by the operator, a version at a time. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { parseInstant } from '@suanpan/calendar';
import { Idempotent, Roles } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database, HandleCommand } from '@suanpan/platform-postgres';
import { commandHandler } from '@suanpan/platform-postgres';
import type { AgreementCommand, AgreementEvent } from '@suanpan/profit-share';
import { agreement } from '@suanpan/profit-share';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { CLOCK, DB } from '../tokens.js';
import { fromAgreementBody, toAgreementBody } from './agreement-body.js';
import { projectAgreement, selectAgreements } from './agreement-rows.js';
import type { AgreementOrder } from './agreement-wire.js';
import {
  agreementOrder,
  endOrder,
  fromWireAgreement,
  name,
  toWireAgreement,
  toWireRow,
} from './agreement-wire.js';

const VERSION_DIGITS = /^[1-9]\d{0,8}$/;
const agreementPath = z.strictObject({ id: name });
const versionPath = z.strictObject({
  id: name,
  version: z
    .string()
    .regex(VERSION_DIGITS, 'A version is a whole number from 1.')
    .transform(Number),
});

/** The stream of an agreement. */
export const agreementStream = (id: string): string => `agreement:${id}`;

@ApiTags('agreements')
@Controller('v1/agreements')
@Roles('operator')
export class AgreementsController {
  private readonly handle: HandleCommand<AgreementCommand, AgreementEvent>;

  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.handle = commandHandler({
      db,
      decider: agreement,
      toBody: toAgreementBody,
      fromBody: fromAgreementBody,
      publish: ({ events, stored, scope }) =>
        events.map((event, i) =>
          toWireAgreement(scope.tenant, event, stored[i]?.recordedAt ?? clock.now()),
        ),
      project: async (tx, { events, scope }) => {
        for (const event of events) await projectAgreement(tx, scope.tenant, event);
      },
    });
  }

  @Put(':id/versions/:version')
  async sign(
    @Param({ schema: versionPath }) { id, version }: z.infer<typeof versionPath>,
    @Body({ schema: agreementOrder }) order: AgreementOrder,
    @Asked() asked: Asked,
  ): Promise<object> {
    const command = fromWireAgreement(id, version, order);
    const meta = metaOf(asked, this.clock);
    const { events } = await this.handle(asked.scope, agreementStream(id), command, meta);
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
    await this.handle(asked.scope, agreementStream(id), command, metaOf(asked, this.clock));
    return { agreement: id, effectiveUntil: order.effectiveUntil };
  }

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const rows = await this.db.inTenant(scope, (tx) => selectAgreements(tx, scope.tenant));
    return { agreements: rows.map(toWireRow) };
  }
}
