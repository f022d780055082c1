/** The HTTP door to exchange rates: imported from the ECB's file, asked for a day. */
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { requireDate } from '@suanpan/calendar';
import { Rejection } from '@suanpan/event-sourcing';
import { decimalDigits, minorUnits } from '@suanpan/money';
import { Idempotent, Roles, TextBody, notFound } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import type { CrossRate } from '@suanpan/settlement';
import { crossRate, rateTable } from '@suanpan/settlement';
import { z } from 'zod';
import { Asked, metaOf } from '../asked.js';
import { CLOCK, DB } from '../tokens.js';
import { WaitingDocuments } from '../waiting/waiting-documents.js';
import { BOOKING, selectBookingRates } from './booking-rates.js';
import { importRates } from './import-rates.js';

const CSV_BYTES_MAX = 8_388_608;
const DIGITS_SHOWN = 12;

const importQuery = z.strictObject({
  currencies: z.string().regex(/^[A-Z]{3}(,[A-Z]{3})*$/, 'Currencies stand with commas between.'),
  from: z.string(),
  to: z.string(),
});
const rateQuery = z.strictObject({ base: z.string(), quote: z.string(), date: z.string() });
type RateQuery = z.infer<typeof rateQuery>;

const isMissing = (error: unknown): boolean =>
  error instanceof Rejection && (error.code === 'RATE_MISSING' || error.code === 'RATE_STALE');

const toWireRate = ({ base, quote, date }: RateQuery, { rate, legs }: CrossRate): object => ({
  base,
  quote,
  date,
  rateDate: legs[0]?.date ?? date,
  rate: decimalDigits(rate, DIGITS_SHOWN),
  exact: { n: rate.n.toString(), d: rate.d.toString() },
  source: BOOKING.source,
  purpose: BOOKING.purpose,
  rateIds: legs.map(({ rateId }) => rateId),
});

@ApiTags('fx-rates')
@Controller('v1/fx-rates')
@Roles('operator')
export class FxRatesController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WaitingDocuments) private readonly waiting: WaitingDocuments,
  ) {}

  @Post('import')
  @HttpCode(200)
  @TextBody({ mediaTypes: ['text/csv'], bytesMax: CSV_BYTES_MAX })
  @Idempotent()
  async import(
    @Query({ schema: importQuery }) { currencies, from, to }: z.infer<typeof importQuery>,
    @Body() csv: string,
    @Asked() asked: Asked,
  ): Promise<object> {
    requireDate(from);
    requireDate(to);
    const wanted = [...new Set(currencies.split(','))];
    for (const currency of wanted) minorUnits(currency);
    const { tenant } = asked.scope;
    const meta = metaOf(asked, this.clock);
    const order = { tenant, csv, currencies: wanted, from, to, meta };
    const imported = await importRates(this.db, order);
    this.waiting.wake();
    return imported;
  }

  @Get()
  async read(
    @Query({ schema: rateQuery }) asked: RateQuery,
    @Asked() { scope }: Asked,
  ): Promise<object> {
    const { base, quote, date } = asked;
    requireDate(date);
    minorUnits(base);
    minorUnits(quote);
    const rates = await this.db.inTenant(scope, (tx) => selectBookingRates(tx, scope.tenant, date));
    try {
      const pair = { from: base, to: quote, date, policy: BOOKING };
      return toWireRate(asked, crossRate(rateTable(rates), pair));
    } catch (error) {
      if (isMissing(error)) throw notFound('rate');
      throw error;
    }
  }
}
