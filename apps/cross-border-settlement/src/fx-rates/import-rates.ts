/**
 * Reads a file in the ECB's layout and publishes what is new of it.
 *
 * Shape       only the asked currencies and days; a transaction a hundred days.
 * Rejections  RATE_FILE_INVALID (Malformed), RATE_EXISTS
 * Source      design ruling R35
 */
import { Malformed } from '@suanpan/event-sourcing';
import { crashPoint } from '@suanpan/platform-observability';
import type { Database, EventMeta, Tx } from '@suanpan/platform-postgres';
import { handleIn } from '@suanpan/platform-postgres';
import type { FxRate } from '@suanpan/settlement';
import { ecbRates } from '@suanpan/settlement';
import { parse } from 'csv-parse/sync';
import { projectStored } from '../projection.js';
import { BOOKING } from './booking-rates.js';
import type { RatesPublished } from './rates-of-day.js';
import {
  RATES_PUBLISHED,
  fromRatesBody,
  ratesOfDay,
  ratesStream,
  toRatesFact,
  toWireRates,
} from './rates-of-day.js';

const DAYS_PER_TRANSACTION = 100;

interface ImportOrder {
  readonly tenant: string;
  readonly csv: string;
  readonly currencies: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly meta: EventMeta;
}

export interface Imported {
  readonly days: number;
  readonly rates: number;
  readonly published: number;
  readonly unchanged: number;
}

type Row = readonly string[];

const readRows = (csv: string): readonly Row[] => {
  try {
    return parse(csv, { relaxColumnCount: true, skipEmptyLines: true, trim: true });
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'It is no CSV.';
    throw new Malformed('RATE_FILE_INVALID', detail, 'body');
  }
};

const columnOf = (header: Row, currency: string): number => {
  const at = header.indexOf(currency);
  if (at < 1) throw new Malformed('RATE_FILE_INVALID', `There is no column ${currency}.`, 'body');
  return at;
};

/** The part of the file that was asked for, in the same layout. */
const chosen = (rows: readonly Row[], { currencies, from, to }: ImportOrder): readonly Row[] => {
  const [header = [], ...days] = rows;
  const wanted = currencies.filter((currency) => currency !== 'EUR');
  const columns = [0, ...wanted.map((currency) => columnOf(header, currency))];
  const ordered = days
    .filter(([date = '']) => from <= date && date <= to)
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return [header, ...ordered].map((row) => columns.map((at) => row[at] ?? ''));
};

const byDay = (rates: readonly FxRate[]): readonly RatesPublished[] => {
  const days = new Map<string, [FxRate, ...FxRate[]]>();
  for (const rate of rates) {
    const known = days.get(rate.date);
    if (known === undefined) days.set(rate.date, [rate]);
    else known.push(rate);
  }
  return [...days.values()].map(toRatesFact);
};

const publishDay = async (tx: Tx, order: ImportOrder, command: RatesPublished): Promise<number> => {
  const { tenant, meta } = order;
  const { events } = await handleIn(
    tx,
    {
      decider: ratesOfDay,
      toBody: (body) => ({ type: RATES_PUBLISHED, body }),
      fromBody: fromRatesBody,
      project: projectStored,
      publish: (decided) => decided.events.flatMap((event) => toWireRates(tenant, event)),
    },
    { scope: { tenant }, streamId: ratesStream(command), meta, command },
  );
  return events.reduce((count, event) => count + event.rates.length, 0);
};

/** Publishes the chosen rates; what is known already is counted and left as it is. */
export const importRates = async (db: Database, order: ImportOrder): Promise<Imported> => {
  const rates = ecbRates(chosen(readRows(order.csv), order), BOOKING.purpose);
  const days = byDay(rates);
  let published = 0;
  for (let at = 0; at < days.length; at += DAYS_PER_TRANSACTION) {
    published += await db.inTenant({ tenant: order.tenant }, async (tx) => {
      let count = 0;
      for (const day of days.slice(at, at + DAYS_PER_TRANSACTION)) {
        count += await publishDay(tx, order, day);
      }
      crashPoint('settlement:rates-before-commit');
      return count;
    });
  }
  const unchanged = rates.length - published;
  return { days: days.length, rates: rates.length, published, unchanged };
};
