/** The HTTP door to price tables: versions are put, never changed. */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@suanpan/calendar';
import { notFound, Roles } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { WakeUps } from '@suanpan/platform-jobs';
import type { PriceTable } from '@suanpan/pricing';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { CLOCK, RERATE, WAKE_UPS } from '../tokens.js';
import { fromWireInstant, name, refusing } from '../wire.js';
import { PriceTables } from './price-tables.js';

const PRICES_MAX = 10_000;
const TEXT_MAX = 1_000;
const PRICE_TEXT_MAX = 100;

const tablePath = z.strictObject({ id: name });
const versionPath = z.strictObject({ id: name, version: name });

const versionOrder = z
  .strictObject({
    currency: z.string().max(10),
    effectiveFrom: z.string().max(40),
    source: z.string().max(TEXT_MAX),
    prices: z
      .array(
        z.strictObject({
          model: name,
          kind: z.string().max(64),
          perMillion: z.string().max(PRICE_TEXT_MAX),
        }),
      )
      .max(PRICES_MAX),
  })
  .meta({ id: 'PriceVersionOrder' });

const refusedValues = {
  NO_PRICES: 'prices',
  NEGATIVE_PRICE: 'prices',
  DUPLICATE_PRICE: 'prices',
  INVALID_PRICE: 'prices',
  INVALID_MODEL: 'prices',
  INVALID_KIND: 'prices',
  INVALID_CURRENCY: 'currency',
};

const toWireTable = (id: string, table: Extract<PriceTable, { status: 'active' }>) => ({
  priceTable: id,
  currency: table.currency,
  versions: table.versions.map((version, index) => {
    const next = table.versions[index + 1];
    return {
      version: version.version,
      effectiveFrom: formatInstant(version.effectiveFrom),
      effectiveUntil: next === undefined ? null : formatInstant(next.effectiveFrom),
      source: version.source,
      prices: version.prices,
    };
  }),
});

@ApiTags('price tables')
@Controller('v1/price-tables')
@Roles('operator')
export class PriceTablesController {
  constructor(
    @Inject(PriceTables) private readonly tables: PriceTables,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WAKE_UPS) private readonly wakeUps: WakeUps,
  ) {}

  @Put(':id/versions/:version')
  async activate(
    @Param({ schema: versionPath }) { id, version }: z.infer<typeof versionPath>,
    @Body({ schema: versionOrder }) order: z.infer<typeof versionOrder>,
    @Asked() asked: Asked,
  ): Promise<object> {
    const effectiveFrom = fromWireInstant('effectiveFrom', order.effectiveFrom);
    const { currency, source, prices } = order;
    const activation = { priceTable: id, version, currency, effectiveFrom, source, prices };
    const changed = await refusing(
      refusedValues,
      this.tables.activate(asked.scope, activation, metaOf(asked, this.clock)),
    );
    if (changed) await this.wakeUps.wake(RERATE, id);
    const from = formatInstant(effectiveFrom);
    return { priceTable: id, version, currency, effectiveFrom: from, changed };
  }

  @Get(':id')
  async show(
    @Param({ schema: tablePath }) { id }: z.infer<typeof tablePath>,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const table = await this.tables.load(scope, id);
    if (table.status === 'empty') throw notFound('price table');
    return toWireTable(id, table);
  }
}
