/** The HTTP door to what cannot be booked yet. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@suanpan/calendar';
import { Roles } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { fromRowInstant } from '@suanpan/platform-postgres';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';

const LIST = `
select kind, document, reason, detail, since from waiting where tenant = $1
order by since, kind, document collate "C"`;

interface WaitingRow {
  readonly kind: string;
  readonly document: string;
  readonly reason: string;
  readonly detail: string;
  readonly since: string;
}

@ApiTags('waiting')
@Controller('v1/waiting')
@Roles('operator')
export class WaitingController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get()
  async list(@Asked() { scope }: Asked): Promise<object> {
    const rows = await this.db.inTenant(scope, (tx) => tx.query<WaitingRow>(LIST, [scope.tenant]));
    const waiting = rows.map((row) => ({
      kind: row.kind,
      document: row.document,
      reason: row.reason,
      detail: row.detail,
      since: formatInstant(fromRowInstant(row.since)),
    }));
    return { waiting };
  }
}
