/** The HTTP door to what became of an event: the operator's, and each centre's for its own. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, notFound, Roles, Scoped } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { DB } from '../tokens.js';
import { findEvent } from './find-event.js';

const NAME_MAX = 1_024;
const part = z.string().min(1).max(NAME_MAX);
const eventQuery = z.strictObject({ source: part, id: part });

@ApiTags('usage')
@Controller('v1/events')
export class EventsController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  @Roles('operator', 'centre')
  @Scoped('events:read')
  @ApiOperation({ summary: 'What became of an event: which state, why, when and where.' })
  async show(
    @Query({ schema: eventQuery }) { source, id }: z.infer<typeof eventQuery>,
    @Caller() { tenant, party, role }: Caller,
  ): Promise<object> {
    const centre = role === 'operator' ? null : (party ?? ' ');
    const scope = { tenant, source, id, centre };
    const found = await this.db.inTenant({ tenant }, (tx) => findEvent(tx, scope));
    if (found === undefined) throw notFound('event');
    return found;
  }
}
