/** The HTTP door to usage by its way and by its device. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { decodeCursor, notFound, pageFields, Roles, toPage } from '@suanpan/platform-http';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { Asked } from '../asked.js';
import { DB } from '../tokens.js';
import { name, periodId } from '../wire.js';
import { deviceKey, deviceUsage } from './device-usage.js';
import { routeUsage } from './route-usage.js';

const routesQuery = z.strictObject({ contract: name.optional(), period: periodId });
const devicesQuery = z.strictObject({ ...pageFields, contract: name, period: periodId });

const requireContract = async (tx: Tx, contract: string): Promise<void> => {
  const rows = await tx.query('select 1 from contract where contract = $1', [contract]);
  if (rows.length === 0) throw notFound('contract');
};

@ApiTags('usage')
@Controller('v1/usage')
@Roles('operator', 'buyer')
export class UsageReportsController {
  constructor(@Inject(DB) private readonly db: Database) {}

  @Get('routes')
  @ApiOperation({ summary: 'Usage by route type, control region and inference region (M4–M6).' })
  routes(
    @Query({ schema: routesQuery }) { contract, period }: z.infer<typeof routesQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    return this.db.inTenant(scope, async (tx) => {
      if (contract !== undefined) await requireContract(tx, contract);
      const asked = { contract: contract ?? null, period };
      return { ...asked, rows: await routeUsage(tx, asked) };
    });
  }

  @Get('devices')
  @ApiOperation({ summary: 'Calls, audio and tokens by device and model (M8).' })
  devices(
    @Query({ schema: devicesQuery }) query: z.infer<typeof devicesQuery>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const { contract, period, limit, cursor } = query;
    const [device = '', model = ''] = decodeCursor(cursor, ['text', 'text']) ?? [];
    const after = cursor === undefined ? null : ([device, model] as const);
    return this.db.inTenant(scope, async (tx) => {
      await requireContract(tx, contract);
      const rows = await deviceUsage(tx, { contract, period, after, limit: limit + 1 });
      return { contract, period, ...toPage(rows, limit, deviceKey) };
    });
  }
}
