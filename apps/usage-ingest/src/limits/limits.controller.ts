/** The operator's door to the limits of one centre. */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, notFound, Roles } from '@suanpan/platform-http';
import { z } from 'zod';
import { CentreDirectory } from '../centres/centre-directory.js';
import { partyId } from '../party-id.js';
import { CentreLimits } from './centre-limits.js';
import type { Limits, OwnLimits } from './centre-limits.js';

const PER_SECOND_MAX = 2_147_483_647;
const BURST_SECONDS_MAX = 3_600;

const perSecond = z.int().min(1).max(PER_SECOND_MAX).nullable().default(null);
const centreLimits = z
  .strictObject({
    eventsPerSecond: perSecond,
    bytesPerSecond: perSecond,
    burstSeconds: z.int().min(1).max(BURST_SECONDS_MAX).nullable().default(null),
    eventsPerDay: z.int().min(1).nullable().default(null),
  })
  .meta({ id: 'CentreLimits' });
type CentreLimitsBody = z.infer<typeof centreLimits>;

interface LimitsAnswer {
  readonly centre: string;
  /** What is set for this centre; null: as usual. */
  readonly own: OwnLimits;
  /** What holds. */
  readonly limits: Limits;
}

@ApiTags('centres')
@Controller('v1/centres/:centre/limits')
@Roles('operator')
export class LimitsController {
  constructor(
    @Inject(CentreLimits) private readonly limits: CentreLimits,
    @Inject(CentreDirectory) private readonly centres: CentreDirectory,
  ) {}

  @Put()
  @ApiOperation({ summary: 'Sets what a centre may send; null leaves the usual limit.' })
  async put(
    @Param('centre', { schema: partyId }) centre: string,
    @Body({ schema: centreLimits }) body: CentreLimitsBody,
    @Caller() { tenant, keyId }: Caller,
  ): Promise<LimitsAnswer> {
    const known = await this.limits.set({ tenant, centre }, body, keyId);
    if (!known) throw notFound('centre');
    return this.answer(tenant, centre);
  }

  @Get()
  async get(
    @Param('centre', { schema: partyId }) centre: string,
    @Caller() { tenant }: Caller,
  ): Promise<LimitsAnswer> {
    if ((await this.centres.statusOf(tenant, centre)) === null) throw notFound('centre');
    return this.answer(tenant, centre);
  }

  private async answer(tenant: string, centre: string): Promise<LimitsAnswer> {
    const own = await this.limits.ownOf(tenant, centre);
    return { centre, own, limits: await this.limits.of(tenant, centre) };
  }
}
