/** The HTTP door to single calls, by source and id. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { notFound, Roles } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';
import { findCall } from './find-call.js';

const NAME_MAX = 1_024;
const part = z.string().min(1).max(NAME_MAX);
const callQuery = z.strictObject({ source: part, id: part });

@ApiTags('usage')
@Controller('v1/calls')
export class CallsController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  @Roles('operator', 'buyer')
  @ApiOperation({
    summary: 'A call as it was sent, its exact amount, and what corrections took back and added.',
  })
  async show(
    @Query({ schema: callQuery }) { source, id }: z.infer<typeof callQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const name = { tenant: scope.tenant, source, id };
    const call = await this.db.inTenant(scope, (tx) => findCall(tx, name));
    if (call === undefined) throw notFound('call');
    return call;
  }
}
