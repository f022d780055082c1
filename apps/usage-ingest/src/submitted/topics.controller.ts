/** The operator's door to the topics that centres write themselves. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, isUnstorable, notFound, Roles } from '@suanpan/platform-http';
import { z } from 'zod';
import { partyId } from '../party-id.js';
import { TopicRegistry, userOf } from './topic-registry.js';
import type { Registration } from './topic-registry.js';

const SOURCES_MAX = 100;
const CONTRACTS_MAX = 1_000;
const TEXT_CHARACTERS_MAX = 256;

const text = z
  .string()
  .min(1)
  .max(TEXT_CHARACTERS_MAX)
  .refine((value) => !isUnstorable(value), 'The text cannot be stored.');
const centreTopic = z
  .strictObject({
    sources: z.array(text).min(1).max(SOURCES_MAX),
    contracts: z.array(text).min(1).max(CONTRACTS_MAX).nullable().default(null),
    mayBackfill: z.boolean().default(false),
  })
  .meta({ id: 'CentreTopic' });
type CentreTopicBody = z.infer<typeof centreTopic>;

interface TopicAnswer extends Omit<Registration, 'tenant'> {
  /** Who may write it; made with `npx suanpan centre-topic`. */
  readonly user: string;
}

const toWireTopic = ({ tenant, ...registration }: Registration): TopicAnswer => ({
  ...registration,
  user: userOf({ tenant, centre: registration.centre }),
});

@ApiTags('centres')
@Controller('v1/centres/:centre/topic')
@Roles('operator')
export class TopicsController {
  constructor(@Inject(TopicRegistry) private readonly registry: TopicRegistry) {}

  @Put()
  @ApiOperation({ summary: 'Reads the centre’s own Kafka topic from now on.' })
  async put(
    @Param('centre', { schema: partyId }) centre: string,
    @Body({ schema: centreTopic }) claims: CentreTopicBody,
    @Caller() { tenant, keyId }: Caller,
  ): Promise<TopicAnswer> {
    const registration = await this.registry.put({ tenant, centre }, claims, keyId);
    if (registration === null) throw notFound('centre');
    return toWireTopic(registration);
  }

  @Get()
  async get(
    @Param('centre', { schema: partyId }) centre: string,
    @Caller() { tenant }: Caller,
  ): Promise<TopicAnswer> {
    const registration = await this.registry.find({ tenant, centre });
    if (registration === null) throw notFound('topic');
    return toWireTopic(registration);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Stops reading it; what lies in it waits for another registration.' })
  async remove(
    @Param('centre', { schema: partyId }) centre: string,
    @Caller() { tenant }: Caller,
  ): Promise<void> {
    if (!(await this.registry.remove({ tenant, centre }))) throw notFound('topic');
  }
}
