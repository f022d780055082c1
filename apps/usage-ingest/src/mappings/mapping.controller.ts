/**
 * The mapping of a centre's foreign doors: written by the operator, seen by the centre too.
 *
 * Rejections  NOT_FOUND for another's, for a centre that is unknown and for one without a mapping
 * Source      ruling R22
 */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, notFound, Roles } from '@suanpan/platform-http';
import { CentreDirectory } from '../centres/centre-directory.js';
import { partyId } from '../party-id.js';
import { MappingDirectory } from './mapping-directory.js';
import { mappingBody } from './mapping-wire.js';
import type { MappingBody } from './mapping-wire.js';

@ApiTags('centres')
@Controller('v1/centres/:centre/mapping')
export class MappingController {
  constructor(
    @Inject(MappingDirectory) private readonly mappings: MappingDirectory,
    @Inject(CentreDirectory) private readonly centres: CentreDirectory,
  ) {}

  @Put()
  @Roles('operator')
  @ApiOperation({
    summary: 'Says how a centre’s foreign events become ours. Used within a second.',
  })
  async put(
    @Param('centre', { schema: partyId }) centre: string,
    @Body({ schema: mappingBody }) body: MappingBody,
    @Caller() { tenant }: Caller,
  ): Promise<MappingBody> {
    if ((await this.centres.statusOf(tenant, centre)) === null) throw notFound('centre');
    await this.mappings.put(tenant, centre, body);
    return body;
  }

  @Get()
  @Roles('operator', 'centre')
  async get(
    @Param('centre', { schema: partyId }) centre: string,
    @Caller() { tenant, party }: Caller,
  ): Promise<MappingBody> {
    const visible = party === null || party === centre;
    const mapping = visible ? await this.mappings.get(tenant, centre) : null;
    if (mapping === null) throw notFound('mapping');
    return mapping;
  }
}
