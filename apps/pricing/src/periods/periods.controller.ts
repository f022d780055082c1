/** The HTTP door to closes: a request is taken, the close follows when the log is read. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Idempotent, notFound, OptionalBody, Roles } from '@suanpan/platform-http';
import type { WakeUps } from '@suanpan/platform-jobs';
import type { Clock } from '@suanpan/platform-observability';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { CLOCK, CLOSE, WAKE_UPS } from '../tokens.js';
import { name, periodId, refusing } from '../wire.js';
import type { CloseContractRow } from './close-requests.js';
import { CloseRequests } from './close-requests.js';

const CONTRACTS_MAX = 10_000;
const periodPath = z.strictObject({ period: periodId });
const closePath = z.strictObject({ id: name });
const closeOrder = z
  .strictObject({ contracts: z.array(name).min(1).max(CONTRACTS_MAX).optional() })
  .optional()
  .meta({ id: 'CloseOrder' });

const toWireContract = ({ report, ...row }: CloseContractRow) => ({
  ...row,
  unpriced: report?.unpriced.map((each) => ({ ...each, events: Number(each.events) })) ?? [],
  held: report?.held ?? [],
});

@ApiTags('periods')
@Controller('v1')
@Roles('operator')
export class PeriodsController {
  constructor(
    @Inject(CloseRequests) private readonly requests: CloseRequests,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WAKE_UPS) private readonly wakeUps: WakeUps,
  ) {}

  @Post('periods/:period/close')
  @HttpCode(202)
  @Idempotent()
  @OptionalBody()
  async close(
    @Param({ schema: periodPath }) { period }: z.infer<typeof periodPath>,
    @Body({ schema: closeOrder }) order: z.infer<typeof closeOrder>,
    @Asked() asked: Asked,
  ): Promise<object> {
    const contracts = order?.contracts ?? null;
    const meta = metaOf(asked, this.clock);
    const close = await refusing(
      { UNKNOWN_CONTRACT: 'contracts' },
      this.requests.add(asked.scope, { period, contracts }, meta),
    );
    await this.wakeUps.wake(CLOSE, close);
    return { close, status: 'waiting' };
  }

  @Get('closes/:id')
  async show(
    @Param({ schema: closePath }) { id }: z.infer<typeof closePath>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const found = await this.requests.find(scope, id);
    if (found === undefined) throw notFound('close');
    const { period, status, contracts } = found;
    return { close: id, period, status, contracts: contracts.map(toWireContract) };
  }
}
