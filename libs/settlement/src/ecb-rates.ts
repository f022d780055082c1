import { startOfDay } from '@suanpan/calendar';
import { Malformed, Rejection } from '@suanpan/event-sourcing';
import { currencies, parseDecimal } from '@suanpan/money';
import type { FxRate, RatePurpose } from './fx-rate.js';
import { fxRate } from './fx-rate.js';

/**
 * The layout of the European Central Bank's file of reference rates (eurofxref-hist.csv).
 *
 * Shape       a header `Date,USD,JPY,…` and a row a day; a cell is units of the currency for one euro,
 *             empty or `N/A` where none was quoted. Columns of withdrawn currencies are passed over.
 * Rejections  RATE_FILE_INVALID (Malformed), RATE_INVALID
 * Source      ECB euro foreign exchange reference rates; fixed in the concertation at about 14:10
 *             Central European Time on TARGET working days
 */
const ZONE = 'Europe/Berlin';
const FIXING_AFTER_MIDNIGHT = (14n * 60n + 10n) * 60_000_000n;
const ECB_SOURCE = 'ECB';

type Row = readonly string[];

const malformed = (what: string): Malformed => new Malformed('RATE_FILE_INVALID', what);

const isQuoted = (cell: string): boolean => cell !== '' && cell !== 'N/A';

/** A blank last column follows the file's trailing comma. */
const columnsOf = (header: Row): readonly { readonly currency: string; readonly at: number }[] => {
  if (header[0]?.trim() !== 'Date') throw malformed('The header does not start with Date.');
  return header
    .map((name, at) => ({ currency: name.trim(), at }))
    .filter(({ currency, at }) => at > 0 && currencies.has(currency));
};

/** The rates of a file's rows for one purpose. */
export const ecbRates = (rows: Iterable<Row>, purpose: RatePurpose): readonly FxRate[] => {
  if (purpose === 'settlement') {
    throw new Rejection('RATE_INVALID', 'An ECB reference rate is never a dealt rate.');
  }
  const [header, ...days] = rows;
  if (header === undefined) throw malformed('The file is empty.');
  const columns = columnsOf(header);
  return days.flatMap((row, i) => {
    const date = row[0]?.trim() ?? '';
    if (row.length !== header.length) {
      throw malformed(`Row ${i + 2} has ${row.length} cells, the header has ${header.length}.`);
    }
    const fixingTime = startOfDay(ZONE, date) + FIXING_AFTER_MIDNIGHT;
    return columns
      .map(({ currency, at }) => ({ currency, cell: row[at]?.trim() ?? '' }))
      .filter(({ cell }) => isQuoted(cell))
      .map(({ currency, cell }) =>
        fxRate({
          source: ECB_SOURCE,
          purpose,
          base: 'EUR',
          quote: currency,
          date,
          rate: parseDecimal(cell),
          fixingTime,
        }),
      );
  });
};
