/** The operator's door to the directory of compute centres. */
import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, pageQuery, Roles } from '@suanpan/platform-http';
import type { Page, PageQuery } from '@suanpan/platform-http';
import { z } from 'zod';
import { partyId } from '../party-id.js';
import { CENTRE_STATUSES, CentreDirectory } from './centre-directory.js';
import type { Centre } from './centre-directory.js';

const NAME_CHARACTERS_MAX = 200;

const centreBody = z
  .strictObject({
    name: z.string().trim().min(1).max(NAME_CHARACTERS_MAX),
    country: z.string().regex(/^[A-Z]{2}$/, 'A country is an ISO 3166-1 alpha-2 code.'),
    status: z.enum(CENTRE_STATUSES),
  })
  .meta({ id: 'Centre' });
type CentreBody = z.infer<typeof centreBody>;

@ApiTags('centres')
@Controller('v1/centres')
@Roles('operator')
export class CentresController {
  constructor(@Inject(CentreDirectory) private readonly centres: CentreDirectory) {}

  @Put(':centre')
  async put(
    @Param('centre', { schema: partyId }) centre: string,
    @Body({ schema: centreBody }) body: CentreBody,
    @Caller() caller: Caller,
  ): Promise<Centre> {
    const { name, country, status } = body;
    const written = { centre, name, country, status };
    await this.centres.put(caller.tenant, written);
    return written;
  }

  @Get()
  list(
    @Query({ schema: pageQuery }) query: PageQuery,
    @Caller() caller: Caller,
  ): Promise<Page<Centre>> {
    return this.centres.list(caller.tenant, query);
  }
}
